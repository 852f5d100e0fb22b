// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

import dev.bellhop.api.Json;
import dev.bellhop.api.v2.terminal.TerminalMessage;
import dev.bellhop.api.v2.terminal.TerminalTicket;
import java.io.IOException;
import java.net.URI;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * A connection to a terminal, by its WebSocket. What is printed is handed to its screen piece by piece, and the next one is not taken
 * from the server before the screen has returned. Thread safe.
 */
public final class TerminalConnection implements AutoCloseable {
    /** The server closed as somebody else types in the terminal now. */
    public static final int REPLACED = 4001;

    /** The connection broke, or was closed from here. */
    public static final int BROKEN = 1006;

    private static final Duration SEND_TIMEOUT = Duration.ofSeconds(30);

    /** The server sends something every 20 seconds at least. */
    private static final Duration SILENCE = Duration.ofSeconds(60);

    private static final Duration LOOK = Duration.ofSeconds(1);

    private final SocketHandshake handshake;
    private final WebSocket socket;
    private final Receiver receiver;

    /** Where what is printed goes. Called by one thread at a time. */
    public interface Screen {
        void print(byte[] bytes) throws IOException;

        /** The next bytes begin at this offset of all that was printed; so many before them are missing, 0 for none. */
        default void position(long offset, long missed) throws IOException {}
    }

    /**
     * How a connection ended.
     *
     * @param ended what the server said of the end of the terminal; absent where it goes on
     * @param code that of the WebSocket
     */
    public record Closed(@Nullable TerminalMessage ended, int code) {}

    private TerminalConnection(SocketHandshake handshake, Receiver receiver) {
        this.handshake = handshake;
        this.socket = handshake.socket();
        this.receiver = receiver;
    }

    static TerminalConnection open(
            URI url, @Nullable SSLContext tls, TerminalTicket ticket, Screen screen, Duration timeout)
            throws IOException, InterruptedException {
        Receiver receiver = new Receiver(screen);
        return new TerminalConnection(
                SocketHandshake.open(url, tls, TerminalTicket.SUBPROTOCOL, ticket.ticket(), receiver, timeout),
                receiver);
    }

    /** Types something. */
    public void type(byte[] bytes) throws IOException, InterruptedException {
        await(socket.sendBinary(ByteBuffer.wrap(bytes), true));
    }

    /** Says how large the screen is. */
    public void resize(int cols, int rows) throws IOException, InterruptedException {
        await(socket.sendText(Json.mapper().writeValueAsString(TerminalMessage.resize(cols, rows)), true));
    }

    private static void await(CompletableFuture<WebSocket> sent) throws IOException, InterruptedException {
        try {
            sent.get(SEND_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("the connection is lost", e);
        }
    }

    /** Waits until it has ended, or nothing has come for a minute, as where the network is gone. */
    public Closed awaitClosed() throws InterruptedException {
        return awaitClosed(SILENCE);
    }

    Closed awaitClosed(Duration silence) throws InterruptedException {
        while (true) {
            try {
                return receiver.closed.get(LOOK.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                if (receiver.isSilentFor(silence)) {
                    close();
                }
            } catch (ExecutionException e) {
                return new Closed(null, BROKEN);
            }
        }
    }

    @Override
    public void close() {
        handshake.close();
        receiver.closed.complete(new Closed(receiver.ended, BROKEN));
    }

    private static final class Receiver implements WebSocket.Listener {
        private static final int MAX_MESSAGE = 1 << 20;

        private final Screen screen;
        private final CompletableFuture<Closed> closed = new CompletableFuture<>();
        private final StringBuilder text = new StringBuilder();
        private volatile @Nullable TerminalMessage ended;
        private volatile long heard = System.nanoTime();

        /** Nothing is heard while the screen takes what came before. */
        private volatile boolean busy;

        private Receiver(Screen screen) {
            this.screen = screen;
        }

        private boolean isSilentFor(Duration silence) {
            return !busy && System.nanoTime() - heard > silence.toNanos();
        }

        @Override
        public @Nullable CompletionStage<?> onPing(WebSocket from, ByteBuffer data) {
            heard = System.nanoTime();
            from.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
            byte[] bytes = new byte[data.remaining()];
            data.get(bytes);
            return hand(from, () -> screen.print(bytes));
        }

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            if (text.length() + data.length() > MAX_MESSAGE) {
                from.abort();
                closed.complete(new Closed(null, BROKEN));
                return null;
            }
            text.append(data);
            if (!last) {
                from.request(1);
                return null;
            }
            String message = text.toString();
            text.setLength(0);
            return hand(from, () -> take(message));
        }

        private void take(String json) throws IOException {
            TerminalMessage message;
            try {
                message = Json.requestMapper().readValue(json, TerminalMessage.class);
            } catch (JacksonException e) {
                return; // A message of a later version.
            }
            if (TerminalMessage.ENDED.equals(message.type())) {
                ended = message;
            } else if (TerminalMessage.POSITION.equals(message.type()) && message.offset() != null) {
                screen.position(message.offset(), message.missed() == null ? 0 : message.missed());
            }
        }

        private interface Step {
            void run() throws IOException;
        }

        private @Nullable CompletionStage<?> hand(WebSocket from, Step step) {
            busy = true;
            try {
                step.run();
                from.request(1);
            } catch (IOException e) {
                from.abort();
                closed.complete(new Closed(null, BROKEN));
            } finally {
                heard = System.nanoTime();
                busy = false;
            }
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket from, int statusCode, String reason) {
            closed.complete(new Closed(ended, statusCode));
            return null;
        }

        @Override
        public void onError(WebSocket from, Throwable error) {
            closed.complete(new Closed(ended, BROKEN));
        }
    }
}

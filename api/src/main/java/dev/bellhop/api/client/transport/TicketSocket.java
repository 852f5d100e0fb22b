// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client.transport;

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
import org.jspecify.annotations.Nullable;

/**
 * A WebSocket that a ticket lets in. What comes is handed on piece by piece, and the next one is not taken from the server
 * before the one before is taken. Thread safe.
 */
public final class TicketSocket implements AutoCloseable {

    /** The connection broke, or was closed from here. */
    public static final int BROKEN = 1006;

    /** The server sends something every 20 seconds at least. */
    public static final Duration SILENCE = Duration.ofSeconds(60);

    /** How often to look whether something still comes. */
    public static final Duration LOOK = Duration.ofSeconds(1);

    private final WebSocket socket;
    private final Listener listener;

    /** Takes what comes. Called by one thread at a time; the connection ends where it throws. */
    public interface Receiver {
        void bytes(byte[] bytes) throws IOException;

        void text(String text) throws IOException;
    }

    private TicketSocket(WebSocket socket, Listener listener) {
        this.socket = socket;
        this.listener = listener;
    }

    /** @throws IOException where it does not come about; the message is the reason */
    static TicketSocket open(
            SocketHandshakes handshakes, URI url, String subprotocol, String ticket, int maxText, Receiver receiver)
            throws IOException, InterruptedException {
        Listener listener = new Listener(receiver, maxText);
        return new TicketSocket(handshakes.open(url, subprotocol, ticket, listener), listener);
    }

    /** Begins to send; done once the server has it. One at a time. */
    public CompletableFuture<?> send(ByteBuffer bytes) {
        return socket.sendBinary(bytes, true);
    }

    /** As the other. */
    public CompletableFuture<?> send(String text) {
        return socket.sendText(text, true);
    }

    /** Whether it has ended, or nothing has come for {@link #SILENCE}. */
    public boolean isLost() {
        return listener.isSilentFor(SILENCE) || listener.closed.isDone();
    }

    /**
     * Waits until it has ended, or nothing has come for so long, as where the network is gone.
     *
     * @return the code with which it was closed
     */
    public int awaitClosed(Duration silence) throws InterruptedException {
        while (true) {
            try {
                return listener.closed.get(LOOK.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                if (listener.isSilentFor(silence)) {
                    close();
                }
            } catch (ExecutionException e) {
                return BROKEN;
            }
        }
    }

    @Override
    public void close() {
        socket.abort();
        listener.closed.complete(BROKEN);
    }

    private static final class Listener implements WebSocket.Listener {

        private final Receiver receiver;
        private final int maxText;
        private final CompletableFuture<Integer> closed = new CompletableFuture<>();
        private final StringBuilder text = new StringBuilder();
        private volatile long heard = System.nanoTime();

        /** Nothing is heard while the receiver takes what came before. */
        private volatile boolean busy;

        private Listener(Receiver receiver, int maxText) {
            this.receiver = receiver;
            this.maxText = maxText;
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
            return hand(from, () -> receiver.bytes(bytes));
        }

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            if (text.length() + data.length() > maxText) {
                from.abort();
                closed.complete(BROKEN);
                return null;
            }
            text.append(data);
            if (!last) {
                from.request(1);
                return null;
            }
            String message = text.toString();
            text.setLength(0);
            return hand(from, () -> receiver.text(message));
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
                closed.complete(BROKEN);
            } finally {
                heard = System.nanoTime();
                busy = false;
            }
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket from, int statusCode, String why) {
            closed.complete(statusCode);
            return null;
        }

        @Override
        public void onError(WebSocket from, Throwable error) {
            closed.complete(BROKEN);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

import dev.bellhop.api.Json;
import dev.bellhop.api.v2.forward.ForwardMessage;
import dev.bellhop.api.v2.forward.ForwardTicket;
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
 * A connection that a guest has made, by its WebSocket. What comes is handed to a sink piece by piece, and the next one is not taken from
 * the server before the sink has returned; what is sent waits for the guest. Thread safe; one thread sends.
 */
public final class ForwardConnection implements AutoCloseable {
    /** The server takes no larger frames. */
    private static final int PIECE = 32 * 1024;

    /** The server sends something every 20 seconds at least. */
    private static final Duration SILENCE = Duration.ofSeconds(60);

    private static final Duration LOOK = Duration.ofSeconds(1);

    private final SocketHandshake handshake;
    private final Receiver receiver;

    /** Where what comes goes. Called by one thread at a time. */
    public interface Sink {
        void receive(byte[] bytes) throws IOException;

        /** No more comes. */
        void end() throws IOException;
    }

    private ForwardConnection(SocketHandshake handshake, Receiver receiver) {
        this.handshake = handshake;
        this.receiver = receiver;
    }

    static ForwardConnection open(URI url, @Nullable SSLContext tls, ForwardTicket ticket, Sink sink, Duration timeout)
            throws IOException, InterruptedException {
        Receiver receiver = new Receiver(sink);
        return new ForwardConnection(
                SocketHandshake.open(url, tls, ForwardTicket.SUBPROTOCOL, ticket.ticket(), receiver, timeout),
                receiver);
    }

    /**
     * Sends something; returns once the server has it, which waits for the guest.
     *
     * @throws IOException where the connection has ended
     */
    public void send(byte[] bytes, int offset, int length) throws IOException, InterruptedException {
        for (int done = 0; done < length; ) {
            int piece = Math.min(PIECE, length - done);
            await(handshake.socket().sendBinary(ByteBuffer.wrap(bytes, offset + done, piece), true));
            done += piece;
        }
    }

    /** Says that nothing more will be sent. */
    public void endOutput() throws IOException, InterruptedException {
        await(handshake.socket().sendText(Json.mapper().writeValueAsString(ForwardMessage.eof()), true));
    }

    private void await(CompletableFuture<WebSocket> sent) throws IOException, InterruptedException {
        while (true) {
            try {
                sent.get(LOOK.toMillis(), TimeUnit.MILLISECONDS);
                return;
            } catch (TimeoutException e) {
                if (receiver.isSilent() || receiver.closed.isDone()) {
                    throw new IOException("the connection is lost", e);
                }
            } catch (ExecutionException e) {
                throw new IOException("the connection is lost", e);
            }
        }
    }

    /**
     * Waits until it has ended, or nothing has come for a minute, as where the network is gone.
     *
     * @return why it ended, as {@link ForwardMessage#reason} has it; absent where nobody said so
     */
    public @Nullable String awaitEnd() throws InterruptedException {
        while (true) {
            try {
                receiver.closed.get(LOOK.toMillis(), TimeUnit.MILLISECONDS);
                return receiver.reason;
            } catch (TimeoutException e) {
                if (receiver.isSilent()) {
                    close();
                }
            } catch (ExecutionException e) {
                return receiver.reason;
            }
        }
    }

    @Override
    public void close() {
        handshake.close();
        receiver.closed.complete(true);
    }

    private static final class Receiver implements WebSocket.Listener {
        private static final int MAX_MESSAGE = 1 << 16;

        private final Sink sink;
        private final CompletableFuture<Boolean> closed = new CompletableFuture<>();
        private final StringBuilder text = new StringBuilder();
        private volatile @Nullable String reason;
        private volatile long heard = System.nanoTime();

        /** Nothing is heard while the sink takes what came before. */
        private volatile boolean busy;

        private Receiver(Sink sink) {
            this.sink = sink;
        }

        private boolean isSilent() {
            return !busy && System.nanoTime() - heard > SILENCE.toNanos();
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
            return hand(from, () -> sink.receive(bytes));
        }

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            if (text.length() + data.length() > MAX_MESSAGE) {
                from.abort();
                closed.complete(true);
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
            ForwardMessage message;
            try {
                message = Json.requestMapper().readValue(json, ForwardMessage.class);
            } catch (JacksonException e) {
                return; // A message of a later version.
            }
            if (ForwardMessage.EOF.equals(message.type())) {
                sink.end();
            } else if (ForwardMessage.ENDED.equals(message.type())) {
                reason = message.reason();
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
                closed.complete(true);
            } finally {
                heard = System.nanoTime();
                busy = false;
            }
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket from, int statusCode, String why) {
            closed.complete(true);
            return null;
        }

        @Override
        public void onError(WebSocket from, Throwable error) {
            closed.complete(true);
        }
    }
}

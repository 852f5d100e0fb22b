// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

import dev.bellhop.api.Json;
import dev.bellhop.api.client.transport.TicketSocket;
import dev.bellhop.api.client.transport.Transport;
import dev.bellhop.api.v2.forward.ForwardMessage;
import dev.bellhop.api.v2.forward.ForwardTicket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * A connection that a guest has made, by its WebSocket. What comes is handed to a sink piece by piece, and the next one is not taken from
 * the server before the sink has returned; what is sent waits for the guest. Thread safe; one thread sends.
 */
public final class ForwardConnection implements AutoCloseable {
    /** The server takes no larger frames. */
    private static final int PIECE = 32 * 1024;

    private static final int MAX_MESSAGE = 1 << 16;

    private final TicketSocket socket;
    private final Taker taker;

    /** Where what comes goes. Called by one thread at a time. */
    public interface Sink {
        void receive(byte[] bytes) throws IOException;

        /** No more comes. */
        void end() throws IOException;
    }

    private ForwardConnection(TicketSocket socket, Taker taker) {
        this.socket = socket;
        this.taker = taker;
    }

    static ForwardConnection open(Transport transport, ForwardTicket ticket, Sink sink) throws InterruptedException {
        Taker taker = new Taker(sink);
        return new ForwardConnection(
                transport.socket(
                        ticket.socket(), ForwardTicket.SUBPROTOCOL, ticket.ticket(), MAX_MESSAGE, taker, "connection"),
                taker);
    }

    /**
     * Sends something; returns once the server has it, which waits for the guest.
     *
     * @throws IOException where the connection has ended
     */
    public void send(byte[] bytes, int offset, int length) throws IOException, InterruptedException {
        for (int done = 0; done < length; ) {
            int piece = Math.min(PIECE, length - done);
            await(socket.send(ByteBuffer.wrap(bytes, offset + done, piece)));
            done += piece;
        }
    }

    /** Says that nothing more will be sent. */
    public void endOutput() throws IOException, InterruptedException {
        await(socket.send(Json.mapper().writeValueAsString(ForwardMessage.eof())));
    }

    private void await(CompletableFuture<?> sent) throws IOException, InterruptedException {
        while (true) {
            try {
                sent.get(TicketSocket.LOOK.toMillis(), TimeUnit.MILLISECONDS);
                return;
            } catch (TimeoutException e) {
                if (socket.isLost()) {
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
        socket.awaitClosed(TicketSocket.SILENCE);
        return taker.reason;
    }

    @Override
    public void close() {
        socket.close();
    }

    private static final class Taker implements TicketSocket.Receiver {
        private final Sink sink;
        private volatile @Nullable String reason;

        private Taker(Sink sink) {
            this.sink = sink;
        }

        @Override
        public void bytes(byte[] bytes) throws IOException {
            sink.receive(bytes);
        }

        @Override
        public void text(String text) throws IOException {
            ForwardMessage message;
            try {
                message = Json.requestMapper().readValue(text, ForwardMessage.class);
            } catch (JacksonException e) {
                return; // A message of a later version.
            }
            if (ForwardMessage.EOF.equals(message.type())) {
                sink.end();
            } else if (ForwardMessage.ENDED.equals(message.type())) {
                reason = message.reason();
            }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

import dev.bellhop.api.Json;
import dev.bellhop.api.client.transport.TicketSocket;
import dev.bellhop.api.client.transport.Transport;
import dev.bellhop.api.v2.terminal.TerminalMessage;
import dev.bellhop.api.v2.terminal.TerminalTicket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
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
    public static final int BROKEN = TicketSocket.BROKEN;

    private static final Duration SEND_TIMEOUT = Duration.ofSeconds(30);

    private static final int MAX_MESSAGE = 1 << 20;

    private final TicketSocket socket;
    private final Printer printer;

    /** Held while a message is sent: a WebSocket accepts the next one only after that. */
    private final ReentrantLock sending = new ReentrantLock();

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

    private TerminalConnection(TicketSocket socket, Printer printer) {
        this.socket = socket;
        this.printer = printer;
    }

    static TerminalConnection open(Transport transport, String path, TerminalTicket ticket, Screen screen)
            throws InterruptedException {
        Printer printer = new Printer(screen);
        return new TerminalConnection(
                transport.socket(path, TerminalTicket.SUBPROTOCOL, ticket.ticket(), MAX_MESSAGE, printer, "terminal"),
                printer);
    }

    /** Types something. */
    public void type(byte[] bytes) throws IOException, InterruptedException {
        send(() -> socket.send(ByteBuffer.wrap(bytes)));
    }

    /** Says how large the screen is. */
    public void resize(int cols, int rows) throws IOException, InterruptedException {
        String message = Json.mapper().writeValueAsString(TerminalMessage.resize(cols, rows));
        send(() -> socket.send(message));
    }

    private void send(Supplier<CompletableFuture<?>> message) throws IOException, InterruptedException {
        sending.lockInterruptibly();
        try {
            message.get().get(SEND_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("the connection is lost", e);
        } finally {
            sending.unlock();
        }
    }

    /** Waits until it has ended, or nothing has come for a minute, as where the network is gone. */
    public Closed awaitClosed() throws InterruptedException {
        return awaitClosed(TicketSocket.SILENCE);
    }

    Closed awaitClosed(Duration silence) throws InterruptedException {
        int code = socket.awaitClosed(silence);
        return new Closed(printer.ended, code);
    }

    @Override
    public void close() {
        socket.close();
    }

    private static final class Printer implements TicketSocket.Receiver {
        private final Screen screen;
        private volatile @Nullable TerminalMessage ended;

        private Printer(Screen screen) {
            this.screen = screen;
        }

        @Override
        public void bytes(byte[] bytes) throws IOException {
            screen.print(bytes);
        }

        @Override
        public void text(String text) throws IOException {
            TerminalMessage message;
            try {
                message = Json.requestMapper().readValue(text, TerminalMessage.class);
            } catch (JacksonException e) {
                return; // A message of a later version.
            }
            if (TerminalMessage.ENDED.equals(message.type())) {
                ended = message;
            } else if (TerminalMessage.POSITION.equals(message.type()) && message.offset() != null) {
                screen.position(message.offset(), message.missed() == null ? 0 : message.missed());
            }
        }
    }
}

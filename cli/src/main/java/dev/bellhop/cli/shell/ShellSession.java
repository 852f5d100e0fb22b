// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.shell;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.OutputStreamName;
import dev.bellhop.api.client.TerminalConnection;
import dev.bellhop.api.client.TerminalConnection.Closed;
import dev.bellhop.api.client.error.BellhopApiException;
import dev.bellhop.api.client.error.BellhopClientException;
import dev.bellhop.api.v2.terminal.TerminalMessage;
import dev.bellhop.api.v2.terminal.TerminalTicket;
import dev.bellhop.api.v2.terminal.TerminalView;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ExitCodes;
import dev.bellhop.cli.command.Retries;
import dev.bellhop.cli.terminal.Printable;
import dev.bellhop.cli.terminal.Terminal;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One sitting at a terminal in a guest, over as many connections as it takes: whoever loses one comes back within a minute and gets what
 * was missed. One thread reads the keyboard; what is printed comes on the connection's.
 */
final class ShellSession {
    /** As long as the server keeps a terminal to which nobody comes back. */
    private static final Duration RECONNECT_TIMEOUT = Duration.ofSeconds(60);

    private static final long PAUSE_MILLIS = 500;
    private static final int KEYBOARD_BYTES = 4096;
    private static final int SIGNALLED = 128;

    private static final String HELP = """
            ~.  hang up and leave
            ~~  type a tilde
            ~?  this help
            Each at the beginning of a line.
            """;

    private final CliContext context;
    private final Terminal terminal;
    private final BellhopClient client;
    private final TerminalView opened;
    private final ScreenReset reset = new ScreenReset();

    /** How much was printed. Guarded by this. */
    private long seen;

    private volatile @Nullable TerminalConnection connection;
    private volatile boolean left;

    /** Whether it was ever in; then, since when it is out, in nanoseconds. For the thread that runs. */
    private boolean entered;

    private long outSince = System.nanoTime();

    ShellSession(CliContext context, BellhopClient client, TerminalView opened) {
        this.context = context;
        this.terminal = context.terminal();
        this.client = client;
        this.opened = opened;
    }

    /**
     * Until the terminal has ended, or whoever sits at it leaves; the exit code.
     *
     * @throws BellhopClientException if it cannot be entered at all
     */
    int run(TerminalTicket first) throws InterruptedException {
        TerminalMessage end = null;
        try {
            Thread.ofPlatform().daemon().name("keyboard").start(this::type);
            OwnTerminal.onResize(() -> Thread.ofPlatform().daemon().start(this::tellSize));
            TerminalTicket ticket = first;
            while (end == null && !left && ticket != null) {
                Closed closed = sit(ticket);
                end = closed.ended();
                if (closed.code() == TerminalConnection.REPLACED) {
                    say("another connection types in this terminal now");
                    return ExitCodes.ERROR;
                }
                ticket = end == null && !left ? ticketAgain() : null;
            }
        } finally {
            print(reset.bytes());
        }
        return left ? leave() : exitCode(end == null ? outcome() : end);
    }

    private Closed sit(TerminalTicket ticket) throws InterruptedException {
        try (TerminalConnection own = client.terminals().enter(ticket, position(), screen())) {
            connection = own;
            entered = true;
            Closed closed = own.awaitClosed();
            outSince = System.nanoTime();
            return closed;
        } catch (BellhopClientException e) {
            if (!entered) {
                hangUpUnseen();
                throw e;
            }
            return new Closed(null, TerminalConnection.BROKEN);
        } finally {
            connection = null;
        }
    }

    private void hangUpUnseen() throws InterruptedException {
        try {
            client.terminals().close(opened.vmid(), opened.id());
        } catch (BellhopClientException e) {
            // It ends within a minute, as nobody comes to it.
        }
    }

    private synchronized long position() {
        return seen;
    }

    private TerminalConnection.Screen screen() {
        return new TerminalConnection.Screen() {
            @Override
            public void print(byte[] bytes) throws IOException {
                reset.see(bytes);
                terminal.write(OutputStreamName.STDOUT, bytes);
                synchronized (ShellSession.this) {
                    seen += bytes.length;
                }
            }

            @Override
            public void position(long offset, long missed) {
                synchronized (ShellSession.this) {
                    seen = offset;
                }
                if (missed > 0) {
                    say(missed + " bytes are missing here");
                }
            }
        };
    }

    /** Another ticket, for as long as the terminal waits for us; absent where it has ended meanwhile. */
    private @Nullable TerminalTicket ticketAgain() throws InterruptedException {
        say("the connection is lost; reconnecting");
        while (!left && System.nanoTime() - outSince < RECONNECT_TIMEOUT.toNanos()) {
            Thread.sleep(PAUSE_MILLIS);
            try {
                return client.terminals().ticket(opened.vmid(), opened.id(), false);
            } catch (BellhopApiException e) {
                if (!Retries.mayPass(e)) {
                    return null;
                }
            } catch (BellhopClientException e) {
                // The server may be on its way back.
            }
        }
        return null;
    }

    private void type() {
        EscapeKeys escapes = new EscapeKeys();
        InputStream keyboard = context.stdin().bytes();
        byte[] bytes = new byte[KEYBOARD_BYTES];
        try {
            for (int count = keyboard.read(bytes); count >= 0; count = keyboard.read(bytes)) {
                EscapeKeys.Result result = escapes.take(bytes, count);
                if (result.typed().length > 0) {
                    send(result.typed());
                }
                switch (result.action()) {
                    case NOTHING -> {}
                    case HELP -> print(("\r\n" + HELP.replace("\n", "\r\n")).getBytes(StandardCharsets.UTF_8));
                    case LEAVE -> {
                        hangUp();
                        return;
                    }
                }
            }
        } catch (IOException e) {
            // Nobody types any more.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        hangUp();
    }

    private void hangUp() {
        left = true;
        TerminalConnection now = connection;
        if (now != null) {
            now.close();
        }
    }

    /** What is typed while there is no connection is lost, as nobody sees what becomes of it. */
    private void send(byte[] typed) throws InterruptedException {
        TerminalConnection now = connection;
        if (now != null) {
            try {
                now.type(Arrays.copyOf(typed, typed.length));
            } catch (IOException e) {
                now.close();
            }
        }
    }

    private void tellSize() {
        TerminalConnection now = connection;
        OwnTerminal.size().ifPresent(size -> {
            try {
                if (now != null) {
                    now.resize(size.cols(), size.rows());
                }
            } catch (IOException e) {
                now.close();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private int leave() throws InterruptedException {
        try {
            client.terminals().close(opened.vmid(), opened.id());
            say("hung up");
        } catch (BellhopClientException e) {
            say("left; the terminal ends within a minute, as nobody comes back to it");
        }
        return ExitCodes.ERROR;
    }

    /** How it has ended, where no connection said so. */
    private @Nullable TerminalMessage outcome() throws InterruptedException {
        try {
            TerminalView now = client.terminals().get(opened.vmid(), opened.id());
            return now.reason() == null ? null : TerminalMessage.ended(now.reason(), now.exitCode(), now.signal());
        } catch (BellhopClientException e) {
            return null;
        }
    }

    private int exitCode(@Nullable TerminalMessage end) {
        if (end == null) {
            say("Cannot reach the terminal any more, and nobody knows what became of it");
            return ExitCodes.ERROR;
        }
        if (!"exited".equals(end.reason())) {
            say("the terminal has ended: " + end.reason());
        }
        Integer code = end.exitCode();
        Integer signal = end.signal();
        return code != null ? code : signal != null ? SIGNALLED + signal : ExitCodes.ERROR;
    }

    /** While the terminal is raw, a line's end takes two characters. */
    private void say(String message) {
        print(("\r\nbellhop: " + Printable.text(message) + "\r\n").getBytes(StandardCharsets.UTF_8));
    }

    private void print(byte[] bytes) {
        try {
            terminal.write(OutputStreamName.STDOUT, bytes);
        } catch (IOException e) {
            left = true;
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.shell;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.TerminalConnection;
import dev.bellhop.api.client.TerminalConnection.Closed;
import dev.bellhop.api.client.error.BellhopClientException;
import dev.bellhop.api.v2.terminal.TerminalMessage;
import dev.bellhop.api.v2.terminal.TerminalTicket;
import dev.bellhop.api.v2.terminal.TerminalView;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ExitCodes;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One sitting at a terminal in a guest, over as many connections as it takes: whoever loses one comes back within a minute and gets what
 * was missed. One thread reads the keyboard; what is printed comes on the connection's.
 */
final class ShellSession {
    private static final int KEYBOARD_BYTES = 4096;
    private static final int SIGNALLED = 128;

    private static final String HELP = """
            ~.  hang up and leave
            ~~  type a tilde
            ~?  this help
            Each at the beginning of a line.
            """;

    private final CliContext context;
    private final BellhopClient client;
    private final TerminalView opened;
    private final GuestScreen screen;
    private volatile @Nullable TerminalConnection connection;
    private volatile boolean left;

    /** Whether it was ever in; then, since when it is out, in nanoseconds. For the thread that runs. */
    private boolean entered;

    private long outSince = System.nanoTime();

    ShellSession(CliContext context, BellhopClient client, TerminalView opened) {
        this.context = context;
        this.client = client;
        this.opened = opened;
        this.screen = new GuestScreen(context.terminal());
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
            while (end == null && !hasLeft() && ticket != null) {
                Closed closed = sit(ticket);
                end = closed.ended();
                if (closed.code() == TerminalConnection.REPLACED) {
                    screen.say("another connection types in this terminal now");
                    return ExitCodes.ERROR;
                }
                ticket = end == null && !hasLeft() ? ticketAgain() : null;
            }
        } finally {
            screen.putBack();
        }
        return hasLeft() ? leave() : exitCode(end == null ? outcome() : end);
    }

    private boolean hasLeft() {
        return left || screen.isBroken();
    }

    private Closed sit(TerminalTicket ticket) throws InterruptedException {
        try (TerminalConnection own = client.terminals().enter(ticket, screen.seen(), screen)) {
            connection = own;
            entered = true;
            if (hasLeft()) {
                hangUp(); // The user left while this connected, so hangUp had no connection to close.
            }
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

    /** Another ticket, for as long as the terminal waits for us; absent where it has ended meanwhile. */
    private @Nullable TerminalTicket ticketAgain() throws InterruptedException {
        screen.say("the connection is lost; reconnecting");
        return new Reentry(client, opened.vmid(), opened.id(), false).ticket(outSince, this::hasLeft);
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
                    case HELP -> screen.show("\r\n" + HELP.replace("\n", "\r\n"));
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
            screen.say("hung up");
        } catch (BellhopClientException e) {
            screen.say("left; the terminal ends within a minute, as nobody comes back to it");
        }
        if (screen.isBroken()) {
            throw screen.failure();
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
            screen.say("Cannot reach the terminal any more, and nobody knows what became of it");
            return ExitCodes.ERROR;
        }
        if (!"exited".equals(end.reason())) {
            screen.say("the terminal has ended: " + end.reason());
        }
        Integer code = end.exitCode();
        Integer signal = end.signal();
        return code != null ? code : signal != null ? SIGNALLED + signal : ExitCodes.ERROR;
    }
}

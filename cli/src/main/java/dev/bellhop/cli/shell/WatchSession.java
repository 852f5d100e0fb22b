// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.shell;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.TerminalConnection;
import dev.bellhop.api.client.error.BellhopClientException;
import dev.bellhop.api.v2.terminal.TerminalMessage;
import dev.bellhop.api.v2.terminal.TerminalTicket;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ExitCodes;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** One look at a terminal in which somebody else types. Nothing that is typed here goes anywhere. */
final class WatchSession {
    private static final int KEYBOARD_BYTES = 4096;
    private static final byte CTRL_C = 3;

    private static final String HELP = "\r\n~.  leave, as Ctrl-C does; the terminal goes on\r\n~?  this help\r\n";

    private final CliContext context;
    private final BellhopClient client;
    private final @Nullable Reentry reentry;
    private final @Nullable InputStream keys;
    private final GuestScreen screen;
    private volatile @Nullable TerminalConnection connection;
    private volatile boolean left;

    /** In nanoseconds. For the thread that runs. */
    private long outSince = System.nanoTime();

    /**
     * At a raw terminal, or without one.
     *
     * @param reentry absent for whoever has one ticket and no key
     * @param keys what is typed in the terminal, which says when to leave; absent where standard output is none
     */
    WatchSession(CliContext context, BellhopClient client, @Nullable Reentry reentry, @Nullable InputStream keys) {
        this.context = context;
        this.client = client;
        this.reentry = reentry;
        this.keys = keys;
        this.screen = new GuestScreen(context.terminal());
    }

    /**
     * Until the terminal has ended, or whoever looks leaves; the exit code.
     *
     * @throws BellhopClientException if it cannot be entered at all
     */
    int run(TerminalTicket first) throws InterruptedException {
        TerminalMessage end = null;
        try {
            InputStream keyboard = keys;
            if (keyboard != null) {
                Thread.ofPlatform().daemon().name("keyboard").start(() -> listen(keyboard));
            }
            end = look(first);
            while (end == null && !hasLeft()) {
                TerminalTicket ticket = ticketAgain();
                if (ticket == null) {
                    break;
                }
                end = lookAgain(ticket);
            }
        } finally {
            if (keys != null) {
                screen.putBack();
            }
        }
        if (screen.isBroken()) {
            throw screen.failure();
        }
        if (end != null) {
            say("the terminal has ended: " + end.reason());
            return ExitCodes.OK;
        }
        if (hasLeft()) {
            say("left; the terminal goes on");
            return ExitCodes.OK;
        }
        say(
                reentry == null
                        ? "the connection is lost; ask for another invitation"
                        : "Cannot reach the terminal any more, and nobody knows what became of it");
        return ExitCodes.ERROR;
    }

    private void say(String message) {
        if (keys == null) {
            context.terminal().say(message);
        } else {
            screen.say(message);
        }
    }

    private boolean hasLeft() {
        return left || screen.isBroken() || context.terminal().isUnread();
    }

    private TerminalConnection.Screen shown() {
        return new TerminalConnection.Screen() {
            @Override
            public void print(byte[] bytes) throws IOException {
                screen.print(bytes);
                if (context.terminal().isUnread()) {
                    throw new IOException("nobody reads it");
                }
            }

            @Override
            public void position(long offset, long missed) {
                screen.position(offset, missed);
            }
        };
    }

    private @Nullable TerminalMessage look(TerminalTicket ticket) throws InterruptedException {
        try (TerminalConnection own = client.terminals().enter(ticket, screen.seen(), shown())) {
            connection = own;
            if (left) {
                return null;
            }
            TerminalMessage end = own.awaitClosed().ended();
            outSince = System.nanoTime();
            return end;
        } finally {
            connection = null;
        }
    }

    /** Absent where it cannot be entered just now. */
    private @Nullable TerminalMessage lookAgain(TerminalTicket ticket) throws InterruptedException {
        try {
            return look(ticket);
        } catch (BellhopClientException e) {
            return null;
        }
    }

    private @Nullable TerminalTicket ticketAgain() throws InterruptedException {
        Reentry back = reentry;
        if (back == null) {
            return null;
        }
        say("the connection is lost; reconnecting");
        return back.ticket(outSince, this::hasLeft);
    }

    private void listen(InputStream keyboard) {
        EscapeKeys escapes = new EscapeKeys();
        byte[] bytes = new byte[KEYBOARD_BYTES];
        try {
            for (int count = keyboard.read(bytes); count >= 0; count = keyboard.read(bytes)) {
                EscapeKeys.Result result = escapes.take(bytes, count);
                if (result.action() == EscapeKeys.Action.LEAVE || has(result.typed(), CTRL_C)) {
                    break;
                }
                if (result.action() == EscapeKeys.Action.HELP) {
                    screen.show(HELP);
                }
            }
        } catch (IOException e) {
            // Nobody can say when to leave any more.
        }
        leave();
    }

    /** Ends the look; does not wait for that. */
    void leave() {
        left = true;
        TerminalConnection now = connection;
        if (now != null) {
            now.close();
        }
    }

    private static boolean has(byte[] typed, byte key) {
        for (byte each : typed) {
            if (each == key) {
                return true;
            }
        }
        return false;
    }
}

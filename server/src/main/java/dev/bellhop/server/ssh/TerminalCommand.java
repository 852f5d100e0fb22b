// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import dev.bellhop.api.v2.terminal.CreateTerminal;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.terminal.TerminalControl;
import dev.bellhop.server.ssh.login.CommandText;
import dev.bellhop.server.ssh.login.SshLogin;
import dev.bellhop.server.terminal.Terminal;
import dev.bellhop.server.terminal.TerminalEnd;
import dev.bellhop.server.terminal.TerminalId;
import dev.bellhop.server.terminal.WindowSize;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A login shell, or a command in a terminal. It is hung up if its client disconnects. */
final class TerminalCommand extends ChannelCommand {
    private static final Logger log = LoggerFactory.getLogger(TerminalCommand.class);
    private static final int PIECE = 32 << 10;
    private static final Duration SLICE = Duration.ofSeconds(1);
    private static final Pattern TERMS = Pattern.compile("[A-Za-z0-9._+-]{1,64}");
    private static final String TERM = "TERM";

    /** The terminal keys for signals that have one. */
    private static final Map<String, Byte> KEYS = Map.of("INT", (byte) 3, "QUIT", (byte) 28);

    private final SshServices services;
    private final SshLogin login;
    /** Absent for the login shell. */
    private final byte @Nullable [] command;

    private final Object resizing = new Object();

    private volatile @Nullable TerminalId id;

    TerminalCommand(SshServices services, SshLogin login, GuestChannel channel, byte @Nullable [] command) {
        super(channel);
        this.services = services;
        this.login = login;
        this.command = command;
    }

    @Override
    End run() throws IOException, InterruptedException {
        services.gatekeeper().requested(login.key());
        TerminalControl.Opened opened = open();
        TerminalId opening = opened.terminal().info().id();
        id = opening;
        if (isOver()) {
            hangUp(opening);
            return new End.Unseen();
        }
        try (Terminal.Viewer viewer = services.terminals().enter(opened, login.from())) {
            channel().onResize(() -> aside(() -> resize(viewer)));
            channel().onSignal(name -> aside(() -> signal(viewer, opening, name)));
            // The size may have changed while the terminal was opened.
            resize(viewer);
            onThread("ssh-keys", () -> type(viewer));
            return print(viewer);
        }
    }

    /** Opens the terminal without the client's variables if policy denies them, because clients send them unasked. */
    private TerminalControl.Opened open() {
        Map<String, String> variables = channel().variables();
        Map<String, String> needed = channel().neededVariables();
        try {
            return open(variables);
        } catch (BellhopException e) {
            if (e.code() != ErrorCode.POLICY_REFUSED || variables.equals(needed)) {
                throw e;
            }
            return open(needed);
        }
    }

    private TerminalControl.Opened open(Map<String, String> variables) {
        Map<String, String> env = new HashMap<>(variables);
        env.remove(TERM);
        String term = channel().term();
        if (term != null && TERMS.matcher(term).matches()) {
            env.put(TERM, term);
        }
        WindowSize size = channel().size();
        CreateTerminal wanted = new CreateTerminal(
                size == null ? null : size.cols(),
                size == null ? null : size.rows(),
                login.guestUser(),
                command == null ? null : CommandText.of(command),
                null,
                env,
                null);
        return services.during(
                login,
                UseCase.TERMINAL_OPEN,
                permit -> services.terminals()
                        .open(
                                services.vms().find(permit, login.vm()),
                                wanted,
                                channel().session(command == null),
                                channel().modes()));
    }

    private End print(Terminal.Viewer viewer) throws IOException, InterruptedException {
        while (!isOver()) {
            Terminal.Next next = viewer.take(PIECE, SLICE);
            if (next.bytes().length > 0) {
                out().write(next.bytes());
                out().flush();
            } else if (next.end() != null) {
                return end(next.end());
            } else if (viewer.isReplaced()) {
                return new End.Failed("Another connection types in this terminal now");
            }
        }
        return new End.Unseen();
    }

    private static End end(TerminalEnd end) {
        Integer code = end.pty().exitCode();
        Integer signal = end.pty().signal();
        return switch (end.reason()) {
            case EXITED ->
                signal != null
                        ? new End.Killed(signal)
                        : code != null
                                ? new End.Exited(code)
                                : new End.Failed("The guest did not tell how the command ended");
            case HUNG_UP -> new End.Failed("The terminal was hung up");
            case ABANDONED, IDLE -> new End.Failed("The terminal was ended because nothing happened in it");
            case TIME_LIMIT -> new End.Failed("The terminal was ended because it was open for as long as one may be");
            case NOT_ALLOWED ->
                new End.Failed("The terminal was ended because its key has ended or sees the VM no more");
            case LOST -> new End.Failed("The terminal was lost: the guest was restarted or does not answer");
            case SHUTTING_DOWN -> new End.Failed("The terminal was ended because the server stops");
        };
    }

    /** Types the client's input. Its end is not the end of the terminal. */
    private void type(Terminal.Viewer viewer) {
        byte[] buffer = new byte[PIECE];
        try {
            for (int count = in().read(buffer); count >= 0 && isStillGood(); count = in().read(buffer)) {
                viewer.type(Arrays.copyOf(buffer, count));
            }
        } catch (IOException e) {
            // The channel is closed.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Checked before each piece, because the session of an ended key is closed a moment later. */
    private boolean isStillGood() {
        try {
            return login.stillGood().getAsBoolean();
        } catch (BellhopException e) {
            // The store cannot be read now. The session handles that.
            return true;
        }
    }

    /** Sets the size that the window has when this runs. */
    private void resize(Terminal.Viewer viewer) {
        synchronized (resizing) {
            WindowSize size = channel().size();
            try {
                if (size != null) {
                    viewer.resize(size);
                }
            } catch (BellhopException e) {
                // The terminal has ended, or its guest does not answer. The other calls notice that.
                log.debug("Cannot resize a terminal: {}", e.code());
            }
        }
    }

    private void signal(Terminal.Viewer viewer, TerminalId terminal, String name) {
        Byte key = KEYS.get(name);
        try {
            if (key != null) {
                viewer.type(new byte[] {key});
            } else if (name.equals("HUP") || name.equals("TERM") || name.equals("KILL")) {
                hangUp(terminal);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    void abandoned() {
        TerminalId begun = id;
        if (begun != null && services.serving().getAsBoolean()) {
            onThread("ssh-hang-up", () -> hangUp(begun));
        }
    }

    private void hangUp(TerminalId terminal) {
        try {
            services.during(login, UseCase.TERMINAL_HANG_UP, permit -> {
                try {
                    services.terminals().hangUp(services.vms().find(permit, login.vm()), terminal.toString());
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                return terminal;
            });
        } catch (BellhopException e) {
            // A terminal without a viewer is hung up after a while in any case.
            log.debug("Cannot hang up terminal {}: {}", terminal, e.code());
        }
    }
}

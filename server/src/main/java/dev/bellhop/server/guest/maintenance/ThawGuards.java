// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.guest.maintenance;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.qga.ExecStatus;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.guest.maintenance.FileSystemQuestions.Freeze;
import dev.bellhop.server.vm.VmId;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Starts and ends the process that thaws a guest's file systems even if its agent or this server fails. The agent
 * starts nothing while file systems are frozen, so the guard starts first; {@code guard.sh} explains how it works.
 * Thread safe.
 */
final class ThawGuards {
    /**
     * A guard ignores a freeze that begins more than this after the guard. This is much longer than the timeout of a
     * freeze, because the agent continues a freeze after its caller has given up.
     */
    static final Duration WINDOW = Duration.ofMinutes(2);

    /** Time before the end of the window in which no freeze may begin: requests take time to arrive. */
    private static final Duration MARGIN = Duration.ofSeconds(10);

    /** A guest may be busy. A guard that comes up later ends by itself: it finds that nothing is frozen. */
    private static final Duration START_TIMEOUT = Duration.ofSeconds(20);

    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration POLL = Duration.ofMillis(50);

    private static final String SHELL = "/bin/sh";

    /** Start of the agent's error if the program does not exist, as on Windows. */
    private static final String NO_SUCH_PROGRAM = "Failed to execute";

    private static final String STARTER = script("guard.sh");
    private static final List<String> GUARDS =
            List.of(script("guard.pl"), script("guard.py"), script("guard-shell.sh"));

    /** Checks the name, because another process may have the pid by now. */
    private static final String STOPPER = "grep -q \"$1\" \"/proc/$2/cmdline\" && kill \"$2\"";

    private static final Pattern READY = Pattern.compile("ready ([1-9][0-9]{0,9}) (?:perl|python3|fsfreeze)");

    private static String script(String name) {
        try (InputStream in = ThawGuards.class.getResourceAsStream(name)) {
            return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Starts a guard, and returns once it has reported that it is ready.
     *
     * @throws BellhopException {@code NOT_SUPPORTED}, {@code ALREADY_FROZEN} or {@code INVALID_FIELD}: there is no
     *     guard then
     */
    ThawGuard start(VmId vm, GuestAgent agent, Freeze request) throws AgentException {
        String name = UUID.randomUUID().toString().replace("-", "");
        List<String> args = new ArrayList<>(List.of(
                "-c",
                STARTER,
                "sh",
                name,
                Long.toString(request.lease().toSeconds()),
                Long.toString(WINDOW.toSeconds())));
        args.addAll(GUARDS);
        args.addAll(request.mountPoints());
        Deadline deadline = Deadline.after(START_TIMEOUT);
        ExecStatus ended;
        try {
            ended = run(agent, ExecCommand.of(SHELL, args.toArray(String[]::new)), deadline);
        } catch (AgentErrorException e) {
            if (e.description().contains(NO_SUCH_PROGRAM)) {
                throw refused(vm, NO_SUCH_PROGRAM);
            }
            throw e;
        }
        Matcher line = Pattern.compile("bellhop " + name + " ([a-z0-9 ]{1,40})\n")
                .matcher(new String(ended.stdout(), StandardCharsets.ISO_8859_1));
        String said = line.matches() ? line.group(1) : "nothing known";
        Matcher ready = READY.matcher(said);
        if (ready.matches()) {
            return new ThawGuard(name, Long.parseLong(ready.group(1)));
        }
        throw refused(vm, said);
    }

    /** Ends a guard, if it still exists. */
    void stop(GuestAgent agent, ThawGuard guard) throws AgentException {
        ExecCommand command = ExecCommand.of(SHELL, "-c", STOPPER, "sh", guard.name(), Long.toString(guard.pid()));
        run(agent, command, Deadline.after(STOP_TIMEOUT));
    }

    /**
     * Returns how long a freeze can take and still be recognized by its guard; zero or less if none may begin.
     *
     * @param waited since before the guard was started
     */
    static Duration timeToFreeze(Duration waited) {
        return WINDOW.minus(MARGIN).minus(waited);
    }

    private static ExecStatus run(GuestAgent agent, ExecCommand command, Deadline deadline) throws AgentException {
        long pid = agent.exec(command, deadline);
        while (true) {
            ExecStatus status = agent.execStatus(pid, deadline);
            if (status.exited()) {
                return status;
            }
            try {
                Thread.sleep(POLL);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw agent.lateInQueue();
            }
        }
    }

    private static BellhopException refused(VmId vm, String said) {
        String cannot = "Cannot freeze the file systems of VM " + vm + " because ";
        return switch (said) {
            case "missing" ->
                new BellhopException(
                        ErrorCode.NOT_SUPPORTED,
                        cannot
                                + "its guest has nothing that would thaw them if this server and the guest agent die: install"
                                + " perl (perl-base), python3, or fsfreeze and setsid (util-linux or busybox) in the guest");
            case "denied" ->
                new BellhopException(
                        ErrorCode.NOT_SUPPORTED,
                        cannot
                                + "the guest does not let the guest agent's programs thaw them: run the agent as root, with"
                                + " CAP_SYS_ADMIN, and let SELinux allow it");
            case "absent" ->
                new BellhopException(
                        ErrorCode.NOT_SUPPORTED,
                        cannot + "one of these mount points is none, is a file, or cannot be frozen");
            case "nothing" ->
                new BellhopException(
                        ErrorCode.NOT_SUPPORTED, cannot + "no file system on a disk is mounted in its guest");
            case "frozen" ->
                new BellhopException(
                        ErrorCode.ALREADY_FROZEN,
                        cannot + "something writes so slowly there that somebody may have frozen them already");
            default ->
                new BellhopException(
                        ErrorCode.NOT_SUPPORTED,
                        cannot
                                + "the process that would thaw them if this server and the guest agent die cannot be started"
                                + " in its guest; it takes a shell at /bin/sh, and /proc");
        };
    }
}

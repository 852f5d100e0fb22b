// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.qemu;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.hypervisor.qemu.PeerProcess.Presence;
import dev.bellhop.server.vm.PowerState;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The power state of a VM of plain QEMU with a monitor.
 *
 * <p>The monitor counts only if the agent's socket does not contradict it. A mistyped path leads nowhere, or to another
 * VM: a running VM that seems stopped could be started a second time, and an order sent to the wrong monitor affects
 * the wrong VM. So if the two sockets do not belong together, the state is unknown. Thread safe.
 */
final class QemuState {
    private static final Logger log = LoggerFactory.getLogger(QemuState.class);

    /** A QEMU that starts or ends opens and closes its sockets one after the other. */
    private static final Duration BETWEEN = Duration.ofMillis(100);

    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(1);

    private static final Duration WARNING_INTERVAL = Duration.ofMinutes(10);

    private final VmId id;
    private final Path agent;
    private final Path monitor;

    /** The last result for the two sockets; absent at first. */
    private volatile @Nullable Verdict verdict;

    private volatile @Nullable Warning lastWarning;

    QemuState(VmId id, Path agent, Path monitor) {
        this.id = id;
        this.agent = agent;
        this.monitor = monitor;
    }

    /** Whether the agent's socket, which was this file, contradicts the monitor of this process. */
    private record Verdict(
            long pid, @Nullable Object agentFile, @Nullable Trouble trouble) {}

    private record Warning(Trouble trouble, long nanoTime) {}

    private enum Trouble {
        ELSEWHERE(
                "nothing listens on its monitor, but something does on its agent's socket; check the path of monitor in the"
                        + " server's configuration"),
        ANOTHERS(
                "its monitor is that of another QEMU than the one behind its agent's socket; check both paths in the server's"
                        + " configuration"),
        AGENT_ELSEWHERE(
                "nothing listens on its agent's socket, and the QEMU behind its monitor has an agent's socket elsewhere; check"
                        + " both paths in the server's configuration"),
        AGENT_UNTOLD(
                "nothing listens on its monitor, and the server may not open its agent's socket; check the owner and mode"
                        + " of the agent's socket, and the path of monitor in the server's configuration"),
        FORBIDDEN("the server may not open its monitor; check the owner and mode of the monitor's socket"),
        SILENT(
                "its monitor does not answer: its QEMU hangs, another program holds the monitor, or the path of monitor in the"
                        + " server's configuration is not that of a monitor");

        private final String why;

        Trouble(String why) {
            this.why = why;
        }

        /** Checks whether this can change a moment later by itself. */
        boolean mayPass() {
            return this == ELSEWHERE || this == ANOTHERS || this == AGENT_ELSEWHERE;
        }
    }

    /** The VM's state, or the reason why it is unknown. */
    private record Seen(VmState state, @Nullable Trouble trouble) {
        static Seen known(VmState state) {
            return new Seen(state, null);
        }

        static Seen unknown(Trouble trouble, @Nullable ProcessHandle process) {
            return new Seen(new VmState(PowerState.UNKNOWN, pid(process), uptime(process), trouble.why), trouble);
        }
    }

    VmState ask(Deadline deadline) {
        Seen seen = look(deadline);
        if (seen.trouble != null && seen.trouble != Trouble.SILENT) {
            warn(seen.trouble);
        }
        return seen.state;
    }

    /** Logs all problems at server start, including a silent monitor. */
    void check(Deadline deadline) {
        Seen seen = look(deadline);
        if (seen.trouble != null) {
            warn(seen.trouble);
        }
    }

    /** Returns false if the guest certainly cannot answer now. */
    boolean canGuestAnswer() {
        PowerState power = ask(Deadline.after(ANSWER_TIMEOUT)).power();
        return power != PowerState.PAUSED && power != PowerState.STOPPED;
    }

    private Seen look(Deadline deadline) {
        Seen seen = lookOnce(deadline);
        return seen.trouble != null && seen.trouble.mayPass() && pause(deadline) ? lookOnce(deadline) : seen;
    }

    private Seen lookOnce(Deadline deadline) {
        // The process first: the monitor accepts one client at a time, and this connection leaves before it is
        // accepted.
        ProcessHandle process =
                PeerProcess.listeningOn(monitor).flatMap(ProcessHandle::of).orElse(null);
        return switch (QmpMonitor.status(monitor, deadline)) {
            case QmpMonitor.Status.Told(PowerState power) -> told(power, process);
            case QmpMonitor.Status.Nobody _ -> withoutMonitor();
            case QmpMonitor.Status.Silent _ ->
                Files.exists(monitor) && !Files.isWritable(monitor)
                        ? Seen.unknown(Trouble.FORBIDDEN, null)
                        : Seen.unknown(Trouble.SILENT, process);
        };
    }

    /** QEMU listens on the agent's socket for its whole life, even if the guest runs no agent. */
    private Seen withoutMonitor() {
        return switch (PeerProcess.listener(agent).presence()) {
            case NOBODY -> Seen.known(VmState.of(PowerState.STOPPED));
            case SOMEBODY, CROWDED -> Seen.unknown(Trouble.ELSEWHERE, null);
            case UNTOLD -> Seen.unknown(Trouble.AGENT_UNTOLD, null);
        };
    }

    private Seen told(PowerState power, @Nullable ProcessHandle process) {
        Trouble trouble = process == null ? null : contradiction(process.pid());
        if (trouble != null) {
            return Seen.unknown(trouble, null);
        }
        return Seen.known(
                power == PowerState.STOPPED ? VmState.of(power) : new VmState(power, pid(process), uptime(process)));
    }

    /**
     * Returns how the agent's socket contradicts the process behind the monitor, if both are QEMUs. The check needs a
     * connection to that socket, which accepts one client at a time, so it runs once per process.
     */
    private @Nullable Trouble contradiction(long pid) {
        Object file = file(agent);
        Verdict last = verdict;
        Verdict same = last != null && last.pid == pid && Objects.equals(last.agentFile, file) ? last : null;
        if (same != null && same.trouble == null) {
            return null;
        }
        PeerProcess.Listener listener = PeerProcess.listener(agent);
        Trouble trouble = switch (listener.presence()) {
            case SOMEBODY -> isAnotherQemu(listener.pid(), pid) ? Trouble.ANOTHERS : null;
            case NOBODY -> hasAgentElsewhere(pid) ? Trouble.AGENT_ELSEWHERE : null;
            // Unknown now: the last result for the same two sockets still holds.
            case CROWDED, UNTOLD -> same == null ? null : same.trouble;
        };
        if (listener.presence() == Presence.SOMEBODY || listener.presence() == Presence.NOBODY) {
            verdict = new Verdict(pid, file, trouble);
        }
        return trouble;
    }

    private static boolean isAnotherQemu(@Nullable Long pid, long than) {
        return pid != null
                && pid != than
                && QemuCommandLine.of(pid).isQemu()
                && QemuCommandLine.of(than).isQemu();
    }

    /**
     * Checks whether QEMU has its agent's socket elsewhere. A QEMU whose socket file was removed still names that
     * socket; a QEMU without an
     * agent port has no agent's socket.
     */
    private boolean hasAgentElsewhere(long pid) {
        QemuCommandLine commandLine = QemuCommandLine.of(pid);
        return commandLine.isQemu() && commandLine.hasAgentPort() && !commandLine.names(agent);
    }

    /** Identifies a file, to distinguish it from a later file at the same path; absent if there is none. */
    private static @Nullable Object file(Path path) {
        try {
            return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
        } catch (IOException e) {
            return null;
        }
    }

    private static boolean pause(Deadline deadline) {
        if (deadline.remaining().compareTo(BETWEEN) <= 0) {
            return false;
        }
        try {
            Thread.sleep(BETWEEN);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void warn(Trouble trouble) {
        Warning last = lastWarning;
        long now = System.nanoTime();
        if (last != null && last.trouble == trouble && now - last.nanoTime < WARNING_INTERVAL.toNanos()) {
            return;
        }
        lastWarning = new Warning(trouble, now);
        log.warn(
                "Cannot tell what VM {} is doing because {}. Its monitor is {}, its agent's socket {}. As long as this is so,"
                        + " it is not switched on or off.",
                id,
                trouble.why,
                monitor,
                agent);
    }

    private static @Nullable Long pid(@Nullable ProcessHandle process) {
        return process == null ? null : process.pid();
    }

    private static @Nullable Duration uptime(@Nullable ProcessHandle process) {
        return process == null ? null : ProcessAge.of(process).orElse(null);
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.guest;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.AgentInfo;
import dev.bellhop.qga.AgentProtocolException;
import dev.bellhop.qga.AgentTimeoutException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.NotConnectedException;
import dev.bellhop.qga.OsInfo;
import dev.bellhop.qga.RpcDisabledException;
import dev.bellhop.qga.RpcMissingException;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.vm.AgentChannel;
import dev.bellhop.server.vm.PowerState;
import dev.bellhop.server.vm.VmState;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds out whether commands can be run in one VM, and if not, why. Only this class words the reasons.
 *
 * <p>The hypervisor comes first: the agent is silent in a VM that is off or paused, or whose guest has not opened the
 * agent's channel, so there is no need to wait for it. The agent's own answer comes next. Only if the agent should
 * answer and does not, this looks for another program that uses its channel. Made for one look, by one thread.
 */
final class Diagnosis {
    /** Without the second call, a command would start but its result could never be read. */
    private static final List<String> NEEDED = List.of("guest-exec", "guest-exec-status");

    private static final String FREEZE_STATUS = "guest-fsfreeze-status";
    private static final String OS_INFO = "guest-get-osinfo";

    private static final String NO_ANSWER =
            "the guest agent does not answer: it may not be running in the guest, or the guest may hang";

    /** Timeout of each query to the hypervisor, the kernel and the agent that explains a failure. */
    private static final Duration EXPLANATION = Duration.ofSeconds(1);

    /** A guest whose agent is not up by then does not start it by itself. */
    private static final Duration BOOTING = Duration.ofMinutes(5);

    /** How long an answer counts while the agent keeps its channel open. */
    private static final Duration SURELY_ALIVE = Duration.ofMinutes(10);

    private final VirtualMachine vm;
    private final Availability before;
    /** The VM's state by the hypervisor, once queried. */
    private VmState state = VmState.of(PowerState.UNKNOWN);

    /** @param before the last finding; it still holds if others use the channel now */
    Diagnosis(VirtualMachine vm, Availability before) {
        this.vm = vm;
        this.before = before;
    }

    /** Queries the hypervisor and, if it may answer, the agent. */
    AgentReport look(Duration stateTimeout, Duration agentTimeout) {
        state = vm.state(Deadline.after(stateTimeout));
        AgentReport off = off();
        if (off != null) {
            return off;
        }
        if (!isKnownToAnswer() && state.power() != PowerState.UNKNOWN) {
            AgentReport closed = channel(vm.channel(Deadline.after(stateTimeout)));
            if (closed != null) {
                return closed;
            }
        }
        return askAgent(Deadline.after(agentTimeout));
    }

    private boolean isKnownToAnswer() {
        return before == Availability.AVAILABLE || vm.agent().isConnected();
    }

    /**
     * Like {@link #look}, but does not call an agent that was available and has answered lately, or whose channel the
     * guest has open: a call would wake an idle guest for little benefit. Absent if this found nothing new.
     *
     * @param lately maximum age of a reply that still counts
     */
    @Nullable
    AgentReport lookSparingly(Duration stateTimeout, Duration agentTimeout, Duration lately) {
        state = vm.state(Deadline.after(stateTimeout));
        AgentReport off = off();
        if (off != null) {
            return off;
        }
        // Skip the channel if the hypervisor does not report the VM's state, or cannot be trusted about it.
        AgentChannel channel =
                state.power() == PowerState.UNKNOWN ? AgentChannel.UNKNOWN : vm.channel(Deadline.after(stateTimeout));
        AgentReport closed = channel(channel);
        if (closed != null) {
            return closed;
        }
        Duration goodFor = channel == AgentChannel.OPEN ? SURELY_ALIVE : lately;
        return before == Availability.AVAILABLE && hasAnsweredWithin(goodFor)
                ? null
                : askAgent(Deadline.after(agentTimeout));
    }

    private boolean hasAnsweredWithin(Duration time) {
        return vm.agent().answeredAgo().filter(ago -> ago.compareTo(time) < 0).isPresent();
    }

    private AgentReport not(Availability availability, String why) {
        return AgentReport.not(availability, why, state);
    }

    private @Nullable AgentReport off() {
        return switch (state.power()) {
            case STOPPED -> stopped();
            case PAUSED -> not(Availability.VM_PAUSED, "the VM is paused; resume it and try again");
            case STARTING -> not(Availability.STARTING, "the VM is starting; try again in a moment");
            case RUNNING, STOPPING, UNKNOWN -> null;
        };
    }

    private @Nullable AgentReport channel(AgentChannel channel) {
        return switch (channel) {
            case NOT_CONFIGURED -> withoutChannel();
            case CLOSED -> withoutAgent();
            case OPEN, UNKNOWN -> null;
        };
    }

    private AgentReport stopped() {
        return not(Availability.VM_STOPPED, "the VM is stopped; start it and try again");
    }

    private AgentReport withoutChannel() {
        return not(
                Availability.NO_CHANNEL,
                "the VM has no channel for a guest agent; give it one named org.qemu.guest_agent.0");
    }

    private AgentReport withoutAgent() {
        return silent(
                "no guest agent runs in the guest: nothing there has its channel open; install qemu-guest-agent in the"
                        + " guest, or start it");
    }

    private AgentReport askAgent(Deadline deadline) {
        try {
            return willingness(vm.agent().info(deadline));
        } catch (RpcDisabledException | RpcMissingException | AgentErrorException e) {
            return tryExec(deadline);
        } catch (AgentException e) {
            return explained(e);
        }
    }

    private AgentReport willingness(AgentInfo info) {
        for (String needed : NEEDED) {
            if (!info.supports(needed)) {
                AgentReport report = info.commands().containsKey(needed) ? disabled(needed, info) : missing(needed);
                return report.withVersion(info.version());
            }
        }
        return AgentReport.available(state, info.version());
    }

    /** Tries a command, because this agent does not report its capabilities. */
    private AgentReport tryExec(Deadline deadline) {
        try {
            vm.agent().tryExec(deadline);
            vm.agent().tryExecStatus(deadline);
            return AgentReport.available(state, null);
        } catch (AgentException e) {
            return explained(e);
        }
    }

    /** Explains a failed call. Takes some seconds at most. */
    AgentReport explain(AgentException trouble) {
        if (isTroubleOfTheWay(trouble)) {
            state = vm.state(Deadline.after(EXPLANATION));
        }
        return explained(trouble);
    }

    /** Returns whether the agent was not reached or has not answered. */
    static boolean isTroubleOfTheWay(AgentException trouble) {
        return trouble instanceof NotConnectedException || trouble instanceof AgentTimeoutException;
    }

    private AgentReport explained(AgentException trouble) {
        return switch (trouble) {
            case NotConnectedException e -> unreached(e.reason());
            case AgentTimeoutException e -> unanswered(e.stage());
            case RpcDisabledException e -> NEEDED.contains(e.rpc()) ? disabled(e.rpc(), null) : blocked(e.rpc(), null);
            case RpcMissingException e -> missing(e.rpc());
            case AgentErrorException e -> not(Availability.AVAILABLE, "the guest agent refused: " + e.description());
            case AgentProtocolException e ->
                not(
                        Availability.GARBLED,
                        "the guest agent sent something that is not a valid reply; restart it in the guest");
        };
    }

    private AgentReport unreached(NotConnectedException.Reason reason) {
        return switch (reason) {
            case CLOSED, INTERRUPTED -> not(Availability.UNKNOWN, "the server is shutting down");
            case FAILED -> not(Availability.SOCKET_UNUSABLE, "the agent socket of the VM cannot be opened");
            case FORBIDDEN ->
                not(
                        Availability.SOCKET_UNUSABLE,
                        "the server may not open the agent socket of the VM; check the socket's owner and mode");
            case NO_SOCKET ->
                unlessElsewhere()
                        .orElseGet(() -> withoutSocket(
                                "the agent socket of the VM does not exist; the VM may be stopped or have no agent channel",
                                "the agent socket of the VM does not exist any more; something on the node has removed it, and"
                                        + " only a new start of the VM brings it back"));
            case REFUSED ->
                unlessElsewhere()
                        .orElseGet(
                                () -> withoutSocket(
                                        "nothing listens on the agent socket of the VM; the VM may have no agent channel",
                                        "nothing listens on the agent socket of the VM; something on the node has taken its place"));
            case BUSY -> unlessElsewhere().or(this::taken).orElseGet(() -> silent(NO_ANSWER));
            case DROPPED -> unlessElsewhere().orElseGet(() -> silent("the connection to the guest agent broke"));
            case NOT_RUNNING -> unlessElsewhere().orElseGet(this::stopped);
            case NO_CHANNEL -> withoutChannel();
            case NO_AGENT -> unlessElsewhere().orElseGet(this::withoutAgent);
            case GIVEN_UP ->
                unlessElsewhere()
                        .orElseGet(() -> silent(
                                "the hypervisor has given up on the guest agent after a reply that was too large or none"
                                        + " at all; restart the agent in the guest"));
            case UNREACHABLE ->
                not(
                        Availability.HYPERVISOR_UNREACHABLE,
                        "the VM's hypervisor cannot be reached; try again in a moment");
        };
    }

    /** @param lost the message if the hypervisor nevertheless knows of the channel */
    private AgentReport withoutSocket(String missing, String lost) {
        AgentChannel channel = vm.channel(Deadline.after(EXPLANATION));
        if (channel == AgentChannel.OPEN || channel == AgentChannel.CLOSED) {
            return not(Availability.SOCKET_UNUSABLE, lost);
        }
        AgentReport none = channel == AgentChannel.NOT_CONFIGURED ? channel(channel) : null;
        return none != null ? none : not(Availability.NO_CHANNEL, missing);
    }

    private AgentReport unanswered(AgentTimeoutException.Stage stage) {
        return switch (stage) {
            case TURN -> not(Availability.BUSY, "its guest agent is busy with earlier calls; try again in a moment");
            case MEMORY -> not(Availability.BUSY, "too many guests send large replies at once; try again in a moment");
            case GREETING, BLOCKED ->
                unlessElsewhere().or(this::withoutOpenChannel).or(this::taken).orElseGet(() -> silent(NO_ANSWER));
            case SENDING, REPLY ->
                unlessElsewhere()
                        // The other client may have disconnected in the meantime.
                        .or(this::withoutOpenChannel)
                        .orElseGet(() -> silent("the guest agent took the request and did not answer it in time"));
        };
    }

    /** Returns a report if the hypervisor knows that nothing in the guest could answer. */
    private Optional<AgentReport> withoutOpenChannel() {
        return Optional.ofNullable(channel(vm.channel(Deadline.after(EXPLANATION))));
    }

    /** Returns a report if the cause is not the agent. */
    private Optional<AgentReport> unlessElsewhere() {
        AgentReport off = off();
        if (off != null) {
            return Optional.of(off);
        }
        return switch (state.power()) {
            case STOPPING -> Optional.of(not(Availability.VM_STOPPING, "the VM is shutting down"));
            case UNKNOWN ->
                Optional.of(not(
                        Availability.HYPERVISOR_UNREACHABLE,
                        state.unknownBecause() == null
                                ? "its guest agent does not answer, and neither does the hypervisor when it is asked what the"
                                        + " VM is doing"
                                : "its guest agent does not answer, and what the VM is doing is unknown: "
                                        + state.unknownBecause()));
            case RUNNING, STOPPED, PAUSED, STARTING -> Optional.empty();
        };
    }

    private Optional<AgentReport> taken() {
        return vm.agent().isHeldByAnother()
                ? Optional.of(not(
                        Availability.CHANNEL_TAKEN,
                        "another program on the node has the agent's channel, which serves one at a time; end it and try"
                                + " again"))
                : Optional.empty();
    }

    private AgentReport silent(String why) {
        Optional<Instant> answered = vm.agent().lastAnswered();
        Duration uptime = state.uptime();
        if (uptime != null && uptime.compareTo(BOOTING) < 0 && !hasAnsweredWithin(uptime)) {
            return not(
                    Availability.STARTING,
                    "the VM has been started and its guest agent is not up yet; try again in a moment");
        }
        return not(Availability.SILENT, why + answered.map(Diagnosis::last).orElse(""));
    }

    private static String last(Instant answered) {
        return "; its agent answered last at " + answered.truncatedTo(ChronoUnit.SECONDS);
    }

    private AgentReport disabled(String rpc, @Nullable AgentInfo info) {
        if ((info == null || info.supports(FREEZE_STATUS)) && isFrozen()) {
            return not(
                    Availability.FROZEN,
                    "the guest's file systems are frozen, as for a backup, and its agent runs nothing until they are"
                            + " thawed; try again later");
        }
        return blocked(rpc, info == null || info.supports(OS_INFO) ? osInfo() : null);
    }

    private AgentReport blocked(String rpc, @Nullable OsInfo os) {
        return not(
                Availability.EXEC_DISABLED,
                "the guest agent has been told not to allow " + rpc + "; allow it in the guest"
                        + ExecPermissionAdvice.advice(os));
    }

    private AgentReport missing(String rpc) {
        return not(
                Availability.EXEC_MISSING,
                "the guest agent is too old to know " + rpc + "; install a newer qemu-guest-agent");
    }

    private boolean isFrozen() {
        try {
            return vm.agent().isFrozen(Deadline.after(EXPLANATION));
        } catch (AgentException e) {
            return false;
        }
    }

    private @Nullable OsInfo osInfo() {
        try {
            return vm.agent().osInfo(Deadline.after(EXPLANATION));
        } catch (AgentException e) {
            return null;
        }
    }
}

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
 * Finds out about one VM why commands cannot be run in it, or that they can. This is the one place where that is worded.
 *
 * <p>The hypervisor comes first: an agent is silent in a VM that is off or paused, and in one whose guest has not opened
 * the agent's channel, and need not be waited for. What the agent itself says comes next. Only of one that says nothing,
 * and should, is it asked who else may have its channel. Made for one look, by one thread.
 */
final class Diagnosis {
    /** Without the second a command would be started, and nobody would ever hear of it. */
    private static final List<String> NEEDED = List.of("guest-exec", "guest-exec-status");

    private static final String FREEZE_STATUS = "guest-fsfreeze-status";
    private static final String OS_INFO = "guest-get-osinfo";

    private static final String NO_ANSWER =
            "the guest agent does not answer: it may not be running in the guest, or the guest may hang";

    /** For each of what is asked of the hypervisor, the kernel and the agent to explain what has happened. */
    private static final Duration EXPLANATION = Duration.ofSeconds(1);

    /** A guest that has not brought its agent up by then has none that comes up by itself. */
    private static final Duration BOOTING = Duration.ofMinutes(5);

    /** An agent that has its channel open is taken at its word for so long. */
    private static final Duration SURELY_ALIVE = Duration.ofMinutes(10);

    private final VirtualMachine vm;
    private final Availability before;
    /** What the hypervisor says the VM is doing, once it was asked. */
    private VmState state = VmState.of(PowerState.UNKNOWN);

    /** @param before what was found last: what cannot be found out while others use the channel will be the same */
    Diagnosis(VirtualMachine vm, Availability before) {
        this.vm = vm;
        this.before = before;
    }

    /** Asks the hypervisor and, where it may answer, the agent. */
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
     * As {@link #look}, but leaves alone an agent that was available and has answered lately, or whose channel the guest has
     * open: to ask it would wake an idle guest for little. Absent where nothing was found out, and all is as it was.
     *
     * @param lately a reply that is no older is as good as a new one
     */
    @Nullable
    AgentReport lookSparingly(Duration stateTimeout, Duration agentTimeout, Duration lately) {
        state = vm.state(Deadline.after(stateTimeout));
        AgentReport off = off();
        if (off != null) {
            return off;
        }
        // Who does not say what the VM is doing, or is not to be believed about that, is not asked about its channel.
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

    /** It does not tell what it can do. */
    private AgentReport tryExec(Deadline deadline) {
        try {
            vm.agent().tryExec(deadline);
            vm.agent().tryExecStatus(deadline);
            return AgentReport.available(state, null);
        } catch (AgentException e) {
            return explained(e);
        }
    }

    /** Of a call that has failed: why. Takes some seconds at most. */
    AgentReport explain(AgentException trouble) {
        if (isTroubleOfTheWay(trouble)) {
            state = vm.state(Deadline.after(EXPLANATION));
        }
        return explained(trouble);
    }

    /** Whether the agent was not reached or has not answered. */
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

    /** @param lost what to say where the hypervisor knows of the channel all the same */
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
                        // It may have ended since somebody connected to it.
                        .or(this::withoutOpenChannel)
                        .orElseGet(() -> silent("the guest agent took the request and did not answer it in time"));
        };
    }

    /** Where the hypervisor knows that nothing in the guest could answer. */
    private Optional<AgentReport> withoutOpenChannel() {
        return Optional.ofNullable(channel(vm.channel(Deadline.after(EXPLANATION))));
    }

    /** Where the trouble is none of the agent's. */
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

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.guest;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.RpcDisabledException;
import dev.bellhop.qga.RpcMissingException;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.vm.VmId;

/** Calls the agents of VMs on behalf of callers, with uniform errors. Thread safe. */
public final class AgentCalls {
    private final VmDirectory directory;
    private final AgentHealth health;

    public AgentCalls(VmDirectory directory, AgentHealth health) {
        this.directory = directory;
        this.health = health;
    }

    /** A call to an agent. */
    @FunctionalInterface
    public interface Call<T> {
        T call(GuestAgent agent, Deadline deadline) throws AgentException;
    }

    /** Finds a VM; throws {@code NOT_FOUND} if there is none. */
    public VirtualMachine vm(VmId id) {
        return directory.find(id).orElseThrow(() -> new BellhopException(ErrorCode.NOT_FOUND, "Cannot find VM " + id));
    }

    /**
     * Makes a call that changes something in the guest. The agent must answer a ping first: a paused guest would carry
     * out the call when it resumes, long after the caller was told that it was not done.
     *
     * @param what to follow "Cannot", such as "set the time in VM 1"
     * @throws BellhopException {@code AGENT_UNAVAILABLE}, {@code NOT_SUPPORTED} if the agent lacks the call or does not
     *     allow it, {@code GUEST_REFUSED}: nothing was changed; {@code START_UNCONFIRMED}: it may have been
     */
    public <T> T change(VmId id, String what, Deadline deadline, Call<T> call) {
        return ask(id, what, deadline, (agent, until) -> {
            requireReply(agent, until);
            return call.call(agent, until);
        });
    }

    /** Like {@link #change}, for a call that changes nothing. */
    public <T> T ask(VmId id, String what, Deadline deadline, Call<T> call) {
        VirtualMachine vm = vm(id);
        try {
            return call.call(vm.agent(), deadline);
        } catch (AgentException e) {
            throw failure(vm, what, e);
        }
    }

    /** An agent that refuses the ping has answered it. */
    private static void requireReply(GuestAgent agent, Deadline deadline) throws AgentException {
        try {
            agent.ping(deadline);
        } catch (AgentErrorException | RpcDisabledException | RpcMissingException e) {
            // Any reply is a sign of life.
        }
    }

    private BellhopException failure(VirtualMachine vm, String what, AgentException e) {
        String why = health.why(vm, e);
        if (e.mayHaveActed()) {
            return new BellhopException(
                    ErrorCode.START_UNCONFIRMED, "Cannot tell whether this was done: " + what + "; " + why, e);
        }
        ErrorCode code = switch (e) {
            case RpcMissingException _, RpcDisabledException _ -> ErrorCode.NOT_SUPPORTED;
            case AgentErrorException _ -> ErrorCode.GUEST_REFUSED;
            default -> ErrorCode.AGENT_UNAVAILABLE;
        };
        return new BellhopException(code, "Cannot " + what + " because " + why, e);
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.AgentProtocolException;
import dev.bellhop.qga.AgentTimeoutException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.NotConnectedException;
import dev.bellhop.qga.RpcDisabledException;
import dev.bellhop.qga.RpcMissingException;
import java.time.Duration;

/** Says for a person why a guest agent could not do what was asked of it. */
public final class AgentTrouble {
    private static final Duration STATE_TIMEOUT = Duration.ofSeconds(1);

    private AgentTrouble() {}

    /**
     * The reason, to stand after "because": asks the hypervisor what the VM is doing, since an agent that is silent in
     * a VM that is off needs another remedy than one that has crashed. Takes at most a second more.
     */
    public static String describe(VirtualMachine vm, AgentException trouble) {
        if (trouble instanceof NotConnectedException || trouble instanceof AgentTimeoutException) {
            switch (vm.state(Deadline.after(STATE_TIMEOUT)).power()) {
                case STOPPED -> {
                    return "the VM is stopped; start it and try again";
                }
                case PAUSED -> {
                    return "the VM is paused; resume it and try again";
                }
                case STARTING -> {
                    return "the VM is starting; try again in a moment";
                }
                case STOPPING -> {
                    return "the VM is shutting down";
                }
                case RUNNING, UNKNOWN -> {
                    // Nothing that explains it.
                }
            }
        }
        return describe(trouble);
    }

    private static String describe(AgentException trouble) {
        return switch (trouble) {
            case NotConnectedException e -> connection(e.reason());
            case AgentTimeoutException e -> silence(e.stage());
            case RpcDisabledException e -> blocked(e.rpc());
            case RpcMissingException e ->
                "the guest agent is too old to know " + e.rpc() + "; install a newer qemu-guest-agent";
            case AgentErrorException e -> "the guest agent refused: " + e.description();
            case AgentProtocolException e ->
                "the guest agent sent something that is not a valid reply; restart it in the guest";
        };
    }

    /** The reason where the agent answers and says that it does not run commands. */
    public static String execBlocked() {
        return blocked("guest-exec");
    }

    private static String blocked(String rpc) {
        return "the guest agent has been told not to allow " + rpc
                + "; allow it in the guest (allow-rpcs or block-rpcs in qemu-ga's configuration) and restart the agent";
    }

    private static String silence(AgentTimeoutException.Stage stage) {
        return switch (stage) {
            case TURN -> "its guest agent is busy with earlier calls; try again in a moment";
            case GREETING, BLOCKED ->
                "the guest agent does not answer: it may not be running in the guest, the guest may hang, or another"
                        + " program may hold the agent's channel";
            case SENDING, REPLY -> "the guest agent took the request and did not answer it in time";
            case MEMORY -> "too many guests send large replies at once; try again in a moment";
        };
    }

    private static String connection(NotConnectedException.Reason reason) {
        return switch (reason) {
            case NO_SOCKET ->
                "the agent socket of the VM does not exist; the VM may be stopped or have no agent channel";
            case REFUSED -> "nothing listens on the agent socket of the VM; the VM may be stopped";
            case BUSY -> "the agent socket of the VM takes no more connections; another program may hold it";
            case DROPPED -> "the connection to the guest agent broke";
            case CLOSED, INTERRUPTED -> "the server is shutting down";
            case FAILED -> "the agent socket of the VM cannot be opened";
            case FORBIDDEN -> "the server may not open the agent socket of the VM; check the socket's owner and mode";
        };
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

/** The agent does not have the command: it is too old, or was built without it. */
public final class RpcMissingException extends AgentException {

    private static final long serialVersionUID = 1L;

    /** The agent's command. */
    private final String rpc;

    public RpcMissingException(String rpc) {
        super(
                "Cannot call " + rpc + " because this guest agent does not have it: upgrade the agent in the guest",
                false,
                null);
        this.rpc = rpc;
    }

    /** The command's name, such as "guest-exec". */
    public String rpc() {
        return rpc;
    }
}

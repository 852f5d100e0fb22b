// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

/** The agent has the command but blocks it, by its configuration or because the guest's file systems are frozen. */
public final class RpcDisabledException extends AgentException {

    private static final long serialVersionUID = 1L;

    /** The agent's command. */
    private final String rpc;

    public RpcDisabledException(String rpc) {
        super(
                "Cannot call " + rpc
                        + " because it is disabled in the guest: allow it in the guest agent's configuration, unless file systems are frozen",
                false,
                null);
        this.rpc = rpc;
    }

    /** The command's name, such as "guest-exec". */
    public String rpc() {
        return rpc;
    }
}

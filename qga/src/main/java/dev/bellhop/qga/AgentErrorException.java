// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

/**
 * The agent answered that it could not do what it was asked.
 *
 * <p>The message leaves out the agent's own words, since they often quote the request. They are in
 * {@link #description()}, for whoever made that request.
 */
public final class AgentErrorException extends AgentException {

    static final int LONGEST_CLASS = 64;
    static final int LONGEST_DESCRIPTION = 200;

    private static final long serialVersionUID = 1L;

    private final String errorClass;
    private final String description;

    AgentErrorException(String rpc, String errorClass, String description) {
        super("Cannot complete " + rpc + " because the guest agent answered with an error", false, null);
        this.errorClass = errorClass;
        this.description = description;
    }

    /** What an agent's error means; some are an exception of their own. */
    static AgentException of(Rpc<?> rpc, String errorClass, String description) {
        // Agents before QEMU 6.0 say that a command is disabled under the class GenericError.
        if (description.contains(rpc.name() + " has been disabled")) {
            return new RpcDisabledException(rpc.name());
        }
        // Where only the words are left of an error, they tell.
        if (errorClass.equals("CommandNotFound")
                || description.equals("The command " + rpc.name() + " has not been found")) {
            return new RpcMissingException(rpc.name());
        }
        return new AgentErrorException(
                rpc.name(),
                AgentText.printable(errorClass, LONGEST_CLASS),
                AgentText.printable(description, LONGEST_DESCRIPTION));
    }

    /** The error's class, nearly always "GenericError"; printable and at most 64 characters. */
    public String errorClass() {
        return errorClass;
    }

    /**
     * The agent's words: at most 200 characters, all printable, anything else escaped. They come from the guest and may
     * quote the request: show them to the one who made it, and treat them as text.
     */
    public String description() {
        return description;
    }

    /**
     * Whether the agent does not know the pid that {@code execStatus} asked for: it never gave it, it has told its result
     * already, or it has been restarted. qemu-ga 10.0 says "PID ld does not exist", older ones
     * "Invalid parameter 'pid'".
     */
    public boolean isUnknownPid() {
        return (description.startsWith("PID ") && description.endsWith(" does not exist"))
                || description.equals("Invalid parameter 'pid'");
    }
}

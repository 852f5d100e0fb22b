// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

/**
 * The agent replied that it could not do what it was asked.
 *
 * <p>The message leaves out the agent's own words, which often quote the request. {@link #description()} has them, for
 * whoever made the request.
 */
public final class AgentErrorException extends AgentException {

    static final int MAX_CLASS = 64;
    public static final int MAX_DESCRIPTION = 200;

    private static final long serialVersionUID = 1L;

    private final String errorClass;
    private final String description;

    /** Makes the class and the description printable, and shortens them. */
    public AgentErrorException(String rpc, String errorClass, String description) {
        super("Cannot complete " + rpc + " because the guest agent answered with an error", false, null);
        this.errorClass = AgentText.printable(errorClass, MAX_CLASS);
        this.description = AgentText.printable(description, MAX_DESCRIPTION);
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
     * Whether the agent does not know the pid that {@code execStatus} asked for: it never started such a process, has
     * already reported its result, or was restarted. qemu-ga 10.0 says "PID ld does not exist", older ones "Invalid
     * parameter 'pid'".
     */
    public boolean isUnknownPid() {
        return (description.startsWith("PID ") && description.endsWith(" does not exist"))
                || description.equals("Invalid parameter 'pid'");
    }
}

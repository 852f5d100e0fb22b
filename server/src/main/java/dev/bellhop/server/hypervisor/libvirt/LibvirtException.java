// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.libvirt;

/** An error from libvirt. The message may quote a guest or a request. */
final class LibvirtException extends Exception {
    private static final long serialVersionUID = 1;

    /** {@code virErrorNumber} of libvirt/virterror.h. */
    static final int SYSTEM_ERROR = 38;

    static final int RPC = 39;
    static final int NO_DOMAIN = 42;
    static final int OPERATION_INVALID = 55;
    static final int CONFIG_UNSUPPORTED = 67;
    static final int ARGUMENT_UNSUPPORTED = 74;
    static final int AGENT_UNRESPONSIVE = 86;
    static final int AGENT_UNSYNCED = 97;
    static final int AGENT_COMMAND_TIMEOUT = 112;
    static final int AGENT_COMMAND_FAILED = 113;

    private static final int MAX_MESSAGE_LENGTH = 200;

    private final int code;
    private final int number;

    LibvirtException(int code, int number, String message) {
        super(message);
        this.code = code;
        this.number = number;
    }

    int code() {
        return code;
    }

    /** The first number of the error: errno with {@link #SYSTEM_ERROR}. */
    int number() {
        return number;
    }

    /**
     * Returns the first line of the message, safe to show to the caller: it can quote QEMU, so it is reduced to one
     * line of limited length.
     */
    String words() {
        String line = message().lines().findFirst().orElse("").replaceAll("\\p{C}", "?");
        return line.length() <= MAX_MESSAGE_LENGTH ? line : line.substring(0, MAX_MESSAGE_LENGTH) + "…";
    }

    String message() {
        return String.valueOf(getMessage());
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.doctor;

import java.util.List;

/**
 * An agent call that Bellhop uses.
 *
 * @param need how important it is
 * @param since the version of QEMU whose agent has it first
 * @param lost the effect of its absence, to follow "without it "
 */
record UsedCall(String name, Need need, String since, String lost) {
    /** The importance of a call. */
    enum Need {
        /** Commands need it. */
        NEEDED,
        /** A feature needs it. */
        USED,
        /** Displays need it. */
        SHOWN
    }

    private static final String FILES = "commands run without live output, timeout and cancel (mode direct), no file"
            + " is copied (cp, the files API, sftp), and terminals and directories need a stream";
    private static final String WRITES =
            "no file is written (cp, the files API, sftp), and no stdin sent to a command" + " that runs";
    private static final String CHANGE_KEYS = "SSH keys are changed by guest-exec alone";

    static final List<UsedCall> ALL = List.of(
            needed("guest-exec", "2.5", "no command runs"),
            needed("guest-exec-status", "2.5", "no command runs, as its end would not be known"),
            used("guest-file-open", "1.0", FILES),
            used("guest-file-read", "1.0", FILES),
            used("guest-file-seek", "1.0", FILES),
            used("guest-file-close", "1.0", FILES),
            used("guest-file-write", "1.0", WRITES),
            used("guest-file-flush", "1.0", WRITES),
            used("guest-get-osinfo", "2.10", "the system of the guest is not known, and Windows not recognised"),
            shown("guest-get-host-name", "2.10", "the guest's host name is not shown"),
            shown("guest-network-get-interfaces", "1.1", "the guest's addresses are not shown"),
            shown("guest-get-fsinfo", "2.2", "the guest's file systems are not shown"),
            shown("guest-get-users", "2.10", "who is logged in is not shown"),
            shown("guest-get-timezone", "2.10", "the guest's time zone is not shown"),
            shown("guest-get-load", "10.0", "the guest's load is not shown"),
            shown("guest-get-vcpus", "1.5", "the guest's processors are not shown"),
            shown("guest-get-memory-blocks", "2.3", "the guest's memory is not shown"),
            shown("guest-get-memory-block-info", "2.3", "the guest's memory is not shown"),
            shown("guest-get-time", "1.5", "how far its clock is off is not known"),
            used("guest-set-time", "1.5", "its clock is not set"),
            used("guest-set-user-password", "2.3", "no password is set"),
            shown("guest-ssh-get-authorized-keys", "5.2", "SSH keys are listed by guest-exec alone"),
            shown("guest-ssh-add-authorized-keys", "5.2", CHANGE_KEYS),
            shown("guest-ssh-remove-authorized-keys", "5.2", CHANGE_KEYS),
            used("guest-shutdown", "0.15", "a shutdown presses the power button (ACPI) at once"),
            used("guest-fsfreeze-status", "0.15", "frozen file systems are not recognised"),
            used("guest-fsfreeze-freeze", "0.15", "file systems are not frozen"),
            used("guest-fsfreeze-freeze-list", "2.2", "file systems are not frozen one by one"),
            used("guest-fsfreeze-thaw", "0.15", "file systems are not frozen, as they would not be thawed"),
            used("guest-fstrim", "1.2", "file systems are not trimmed"));

    private static UsedCall needed(String name, String since, String lost) {
        return new UsedCall(name, Need.NEEDED, since, lost);
    }

    private static UsedCall used(String name, String since, String lost) {
        return new UsedCall(name, Need.USED, since, lost);
    }

    private static UsedCall shown(String name, String since, String lost) {
        return new UsedCall(name, Need.SHOWN, since, lost);
    }

    String id() {
        return "call." + name;
    }
}

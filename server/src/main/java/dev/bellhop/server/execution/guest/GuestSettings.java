// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.guest;

import dev.bellhop.server.execution.script.Spool;
import java.time.Duration;

/**
 * How commands are run in guests.
 *
 * @param supervise whether to use the supervisor where a guest can
 * @param spoolFolder where supervisors keep their files in a guest: an absolute path
 * @param maxOutputBytes how much output of an execution is kept, both streams together
 * @param stoppedForGood how long a VM has to be off before what a supervisor may have left on its disk is given up
 * @param removedAfter how long the files of an ended execution wait in the guest for others, to be removed with them
 */
public record GuestSettings(
        boolean supervise, String spoolFolder, long maxOutputBytes, Duration stoppedForGood, Duration removedAfter) {
    public static final String SPOOL_FOLDER = "/var/lib/bellhop-commands";
    public static final long MAX_OUTPUT_BYTES = 64L << 20;
    public static final int STOPPED_VM_DAYS = 30;
    public static final Duration REMOVED_AFTER = Duration.ofMinutes(1);

    /** With VMs that may be off, and files that wait, for as long as usual. */
    public GuestSettings(boolean supervise, String spoolFolder, long maxOutputBytes) {
        this(supervise, spoolFolder, maxOutputBytes, Duration.ofDays(STOPPED_VM_DAYS), REMOVED_AFTER);
    }

    public static GuestSettings defaults() {
        return new GuestSettings(true, SPOOL_FOLDER, MAX_OUTPUT_BYTES);
    }

    /** The same, with files that wait for so long. */
    public GuestSettings withRemovedAfter(Duration newRemovedAfter) {
        return new GuestSettings(supervise, spoolFolder, maxOutputBytes, stoppedForGood, newRemovedAfter);
    }

    public Spool spool() {
        return Spool.at(spoolFolder);
    }
}

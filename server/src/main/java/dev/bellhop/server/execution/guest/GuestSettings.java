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
 */
public record GuestSettings(boolean supervise, String spoolFolder, long maxOutputBytes, Duration stoppedForGood) {
    public static final String SPOOL_FOLDER = "/var/lib/bellhop-commands";
    public static final long MAX_OUTPUT_BYTES = 64L << 20;
    public static final int STOPPED_VM_DAYS = 30;

    /** With VMs that may be off for as long as usual. */
    public GuestSettings(boolean supervise, String spoolFolder, long maxOutputBytes) {
        this(supervise, spoolFolder, maxOutputBytes, Duration.ofDays(STOPPED_VM_DAYS));
    }

    public static GuestSettings defaults() {
        return new GuestSettings(true, SPOOL_FOLDER, MAX_OUTPUT_BYTES);
    }

    public Spool spool() {
        return Spool.at(spoolFolder);
    }
}

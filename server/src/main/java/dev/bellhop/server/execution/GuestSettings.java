// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

/**
 * How commands are run in guests.
 *
 * @param supervise whether to use the supervisor where a guest can
 * @param spoolFolder where supervisors keep their files in a guest: an absolute path
 * @param maxOutputBytes how much output of an execution is kept, both streams together
 */
public record GuestSettings(boolean supervise, String spoolFolder, long maxOutputBytes) {
    public static final String SPOOL_FOLDER = "/var/lib/bellhop";
    public static final long MAX_OUTPUT_BYTES = 64L << 20;

    public static GuestSettings defaults() {
        return new GuestSettings(true, SPOOL_FOLDER, MAX_OUTPUT_BYTES);
    }

    Spool spool() {
        return Spool.at(spoolFolder);
    }
}

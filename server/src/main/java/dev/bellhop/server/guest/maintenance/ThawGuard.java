// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.guest.maintenance;

import java.util.regex.Pattern;

/**
 * A process in a guest that thaws its file systems when a lease is over.
 *
 * @param name globally unique: 32 hexadecimal digits
 * @param pid in the guest
 */
record ThawGuard(String name, long pid) {
    private static final Pattern NAME = Pattern.compile("[0-9a-f]{32}");

    ThawGuard {
        if (!NAME.matcher(name).matches() || pid < 1) {
            throw new IllegalArgumentException("Cannot be the name and the pid of a process in a guest");
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.guest.maintenance;

import java.time.Duration;
import java.util.List;

/**
 * What is to be frozen, and for how long.
 *
 * @param lease in whole seconds, from {@link #MIN_SECONDS} to {@link #MAX_SECONDS}; what the freeze itself takes is part of it
 * @param mountPoints those that are meant; empty for all
 */
public record FreezeRequest(Duration lease, List<String> mountPoints) {
    public static final int MIN_SECONDS = 1;
    public static final int MAX_SECONDS = 600;
    public static final int USUAL_SECONDS = 60;
    public static final int MAX_MOUNT_POINTS = 100;

    public FreezeRequest {
        mountPoints = List.copyOf(mountPoints);
    }
}

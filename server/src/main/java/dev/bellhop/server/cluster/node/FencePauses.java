// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.node;

import dev.bellhop.api.retry.Backoff;
import java.time.Duration;

/**
 * How long a node that was fenced waits before it joins again: longer each time, since two processes of one name would fence each
 * other for ever. One that was part of its cluster for a while begins anew: nobody fights it. Used by one thread.
 */
final class FencePauses {
    private static final Duration UNDISTURBED = Duration.ofMinutes(1);

    private static final Backoff PAUSES = new Backoff(Duration.ofSeconds(5), Duration.ofMinutes(5), 3, 0.5);

    private int fences;

    /**
     * The next pause.
     *
     * @param stayed how long it was part of its cluster before it was fenced
     */
    Duration next(Duration stayed) {
        if (stayed.compareTo(UNDISTURBED) > 0) {
            fences = 0;
        }
        return PAUSES.pause(fences++);
    }
}

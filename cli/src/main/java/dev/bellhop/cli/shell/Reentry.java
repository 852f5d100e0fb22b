// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.shell;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.error.BellhopApiException;
import dev.bellhop.api.client.error.BellhopClientException;
import dev.bellhop.api.v2.terminal.TerminalTicket;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How whoever has lost a connection to a terminal comes back to it.
 *
 * @param readOnly whether to look on
 */
record Reentry(BellhopClient client, long vmid, String id, boolean readOnly) {
    /** As long as the server keeps a terminal to which nobody comes back. */
    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    private static final long PAUSE_MILLIS = 500;

    /**
     * Another ticket; absent where the terminal has ended meanwhile, or has waited for too long.
     *
     * @param outSince in nanoseconds
     * @param hasLeft whether it is not wanted any more
     */
    @Nullable
    TerminalTicket ticket(long outSince, BooleanSupplier hasLeft) throws InterruptedException {
        while (!hasLeft.getAsBoolean() && System.nanoTime() - outSince < TIMEOUT.toNanos()) {
            Thread.sleep(PAUSE_MILLIS);
            try {
                return client.terminals().ticket(vmid, id, readOnly);
            } catch (BellhopApiException e) {
                if (!e.mayPass()) {
                    return null;
                }
            } catch (BellhopClientException e) {
                // The server may be on its way back.
            }
        }
        return null;
    }
}

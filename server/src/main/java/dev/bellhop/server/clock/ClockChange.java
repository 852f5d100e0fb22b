// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.clock;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The answer to {@link SetClock}. Differences are the guest's time minus the host's, and absent if the guest does not tell its time.
 *
 * @param hardwareSet whether the clock of the VM's hardware was also set; absent if it was the source
 */
public record ClockChange(
        @Nullable Duration before,
        @Nullable Duration after,
        @Nullable Boolean hardwareSet) {}

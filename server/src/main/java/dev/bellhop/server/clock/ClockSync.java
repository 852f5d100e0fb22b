// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.clock;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What became of a guest's clock. Differences are the guest's time less the host's, and absent where the guest does not tell its time.
 *
 * @param hardwareSet whether the clock of the VM's hardware is right as well; absent where it is the source
 */
public record ClockSync(
        ClockSource source,
        @Nullable Duration before,
        @Nullable Duration after,
        @Nullable Boolean hardwareSet) {}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.guest;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What became of a guest's clock; the answer of {@code POST /api/v2/vps/{vmid}/actions/sync-time}. Differences are the guest's time less
 * the host's, and absent where the guest does not tell its time.
 *
 * @param source by what it was set: {@code host} or {@code hardware}
 * @param hardwareSet whether the clock of the VM's hardware was set as well; absent where it is the source
 */
public record ClockView(
        String source,
        @Nullable Double differenceBeforeSeconds,
        @Nullable Double differenceAfterSeconds,
        @Nullable Boolean hardwareSet) {

    public ClockView {
        Objects.requireNonNull(source, "source");
    }
}

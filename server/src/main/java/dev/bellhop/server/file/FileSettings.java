// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import org.jspecify.annotations.Nullable;

/**
 * What files may take.
 *
 * @param maxBytes of one file that is written
 * @param ratePerVm bytes a second into and out of one VM all together; absent for no limit
 * @param maxTransfersPerVm at the same time
 */
public record FileSettings(long maxBytes, @Nullable Long ratePerVm, int maxTransfersPerVm) {
    public static final long MAX_BYTES = 64L << 30;
    public static final int MAX_TRANSFERS_PER_VM = 4;

    public static FileSettings defaults() {
        return new FileSettings(MAX_BYTES, null, MAX_TRANSFERS_PER_VM);
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import org.jspecify.annotations.Nullable;

/**
 * The limits of file transfers.
 *
 * @param maxBytes most bytes of one written file
 * @param ratePerVm total bytes a second to and from one VM; absent for no limit
 * @param maxTransfersPerVm simultaneous transfers
 */
public record FileSettings(long maxBytes, @Nullable Long ratePerVm, int maxTransfersPerVm) {
    public static final long MAX_BYTES = 64L << 30;
    public static final int MAX_TRANSFERS_PER_VM = 4;

    public static FileSettings defaults() {
        return new FileSettings(MAX_BYTES, null, MAX_TRANSFERS_PER_VM);
    }
}

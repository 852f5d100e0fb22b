// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class HeapShareTest {
    private static final long DEFAULT_HEAP = 384L << 20;

    @Test
    void theSharesLeaveAnEighthToTheServer() {
        assertThat(sum(DEFAULT_HEAP)).isLessThanOrEqualTo(DEFAULT_HEAP / 8 * 7);
    }

    /** Half of a share is for one account, and the largest command with its stdin counts 16 MiB. */
    @Test
    void theLargestRequestFitsIntoASmallHeap() {
        assertThat(HeapShare.LARGE_BODIES.bytes(1)).isEqualTo(2 * (16L << 20));
        assertThat(HeapShare.LONG_CONTENTS.bytes(1)).isEqualTo(2 * (16L << 20));
    }

    private static long sum(long heap) {
        return Arrays.stream(HeapShare.values())
                .mapToLong(share -> share.bytes(heap))
                .sum();
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OutputRingTest {
    @Test
    void theLastBytesAreKeptWhateverPiecesTheyCameIn() {
        Random random = new Random(1);
        byte[] all = new byte[3 * OutputRing.MAX_BYTES];
        random.nextBytes(all);
        OutputRing ring = new OutputRing();
        for (int at = 0; at < all.length; ) {
            int count = Math.min(all.length - at, 1 + random.nextInt(100_000));
            ring.append(Arrays.copyOfRange(all, at, at + count));
            at += count;
            assertThat(ring.end()).isEqualTo(at);
            long begin = ring.begin();
            assertThat(at - begin).isEqualTo(Math.min(at, OutputRing.MAX_BYTES));
            assertThat(ring.read(begin, Integer.MAX_VALUE)).isEqualTo(Arrays.copyOfRange(all, (int) begin, at));
            long middle = begin + (at - begin) / 2;
            assertThat(ring.read(middle, 10))
                    .isEqualTo(Arrays.copyOfRange(all, (int) middle, (int) Math.min(at, middle + 10)));
        }
        assertThat(ring.begin()).isEqualTo(all.length - OutputRing.MAX_BYTES);
        assertThat(ring.read(all.length, 10)).isEmpty();
    }
}

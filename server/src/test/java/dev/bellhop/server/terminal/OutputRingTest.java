// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class OutputRingTest {
    @Test
    void theLastBytesAreKeptWhateverPiecesTheyCameIn() {
        Random random = new Random(1);
        byte[] all = new byte[3 * OutputRing.MAX_BYTES];
        random.nextBytes(all);
        OutputRing ring = new OutputRing(() -> true);
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

    @Test
    void withoutMemoryFewerBytesAreKept() {
        byte[] all = new byte[OutputRing.MAX_BYTES];
        new Random(2).nextBytes(all);
        AtomicInteger left = new AtomicInteger(1);
        OutputRing ring = new OutputRing(() -> left.decrementAndGet() >= 0);
        for (int at = 0; at < all.length; at += 1024) {
            ring.append(Arrays.copyOfRange(all, at, at + 1024));
            // Memory that comes too late is of no use.
            if (at == all.length / 2) {
                left.set(OutputRing.MAX_BYTES / OutputRing.PIECE);
            }
        }
        int kept = OutputRing.MIN_BYTES + OutputRing.PIECE;
        assertThat(ring.begin()).isEqualTo(all.length - kept);
        assertThat(ring.hasRoomFor(kept)).isTrue();
        assertThat(ring.hasRoomFor(kept + 1)).isFalse();
        assertThat(ring.read(ring.begin(), Integer.MAX_VALUE))
                .isEqualTo(Arrays.copyOfRange(all, (int) ring.begin(), all.length));
    }

    @Test
    void nothingIsLeftOfOneThatWasCleared() {
        OutputRing ring = new OutputRing(() -> true);
        ring.append(new byte[100_000]);
        ring.clear();
        assertThat(ring.begin()).isEqualTo(100_000);
        assertThat(ring.end()).isEqualTo(100_000);
        assertThat(ring.read(100_000, 10)).isEmpty();
    }
}

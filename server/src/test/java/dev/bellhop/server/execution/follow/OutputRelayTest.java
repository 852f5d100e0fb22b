// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.follow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.execution.OutputChunk;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.execution.ReadTime;
import dev.bellhop.server.tenant.Tenant;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What is not kept goes to all who follow, at the pace of the slowest that moves, and nothing is held for longer. */
class OutputRelayTest {
    private static final OutputStreamName OUT = OutputStreamName.STDOUT;
    private static final int KEPT = 1000;

    private final AtomicLong nanos = new AtomicLong();
    private final OutputRelayLimit places = new OutputRelayLimit(2, 1);
    private final OutputRelay passing = passing("a");
    private final byte[] all = bytes();

    private static byte[] bytes() {
        byte[] bytes = new byte[KEPT + 4 * OutputRelay.CAPACITY];
        new Random(1).nextBytes(bytes);
        return bytes;
    }

    private OutputRelay passing(String account) {
        return new OutputRelay(
                places.of(Tenant.account(account)), () -> {}, nanos::get, () -> Instant.EPOCH.plusNanos(nanos.get()));
    }

    private long passed = KEPT;

    /** Passes as much as there is room for, or some of it. */
    private int pass(int most) {
        int count = Math.min(most, passing.room(OUT));
        if (count > 0) {
            passing.pass(List.of(new OutputChunk(OUT, passed, slice(passed, count))));
            passed += count;
        }
        return count;
    }

    private byte[] slice(long from, int count) {
        return Arrays.copyOfRange(all, (int) from, (int) from + count);
    }

    /** What a reader at an offset gets, of whom the first bytes are stored. */
    private byte[] read(OutputRelay.Reader reader, long offset, int limit) {
        return reader.read(OUT, offset, limit, (from, count) -> slice(from, (int) Math.min(count, KEPT - from)));
    }

    @Test
    void whatIsStoredAndWhatIsPassedIsReadAsOne() {
        try (var reader = passing.reader()) {
            assertThat(passing.isFollowed()).isTrue();
            pass(500);

            assertThat(reader.end(OUT)).isEqualTo(KEPT + 500);
            assertThat(read(reader, 0, 5000)).isEqualTo(slice(0, KEPT + 500));
            assertThat(read(reader, KEPT - 1, 3)).isEqualTo(slice(KEPT - 1, 3));
            assertThat(read(reader, KEPT + 100, 50)).isEqualTo(slice(KEPT + 100, 50));
            assertThat(read(reader, KEPT + 500, 50)).isEmpty();
            assertThat(reader.next(OUT, 0)).isZero();
        }
        assertThat(passing.isFollowed()).isFalse();
    }

    @Test
    void itIsKnownWhenWhatIsPassedWasRead() {
        try (var reader = passing.reader()) {
            pass(500);
            nanos.addAndGet(1000);
            pass(70_000);

            assertThat(reader.readTimes(OUT, KEPT - 1, 2)).isEmpty();
            assertThat(reader.readTimes(OUT, KEPT + 499, 2))
                    .containsExactly(
                            new ReadTime(KEPT, Instant.EPOCH), new ReadTime(KEPT + 500, Instant.EPOCH.plusNanos(1000)));
            reader.has(OUT, KEPT + 70_500);
            assertThat(reader.readTimes(OUT, KEPT + 70_499, 2))
                    .containsExactly(new ReadTime(KEPT + 70_500 - OutputRelay.CONTEXT, Instant.EPOCH.plusNanos(1000)));
            assertThat(reader.readTimes(OUT, KEPT + 70_500, 2)).isEmpty();
        }
    }

    @Test
    void theSlowestReaderSetsThePaceAndAllComesThrough() {
        try (var fast = passing.reader();
                var slow = passing.reader()) {
            long position = 0;
            while (passed < all.length || position < all.length) {
                pass(Math.min(100_000, (int) (all.length - passed)));
                fast.has(OUT, passed);
                byte[] next = read(slow, position, 30_000);
                assertThat(next).isEqualTo(slice(position, next.length)).isNotEmpty();
                position += next.length;
                slow.has(OUT, position);
                assertThat(passed - position).isLessThanOrEqualTo(OutputRelay.CAPACITY + KEPT);
                assertThat(slow.next(OUT, position)).as("no gap").isEqualTo(position);
                // What may begin before is masked still.
                if (position > KEPT + OutputRelay.CONTEXT) {
                    assertThat(read(slow, position - OutputRelay.CONTEXT, 10)).hasSize(10);
                }
            }
        }
    }

    @Test
    void whoStandsStillIsLeftBehindAndFindsAGap() {
        try (var fast = passing.reader();
                var still = passing.reader()) {
            still.has(OUT, KEPT);
            while (pass(50_000) > 0) {
                fast.has(OUT, passed);
            }
            nanos.addAndGet(Duration.ofSeconds(9).toNanos());
            assertThat(passing.room(OUT)).isZero();

            nanos.addAndGet(Duration.ofSeconds(2).toNanos());
            assertThat(passing.room(OUT)).isPositive();
            pass(50_000);
            fast.has(OUT, passed);

            assertThat(still.next(OUT, KEPT)).isGreaterThan(KEPT);
            assertThat(fast.next(OUT, passed)).isEqualTo(passed);
            assertThat(passing.isFollowed()).isTrue();
        }
    }

    @Test
    void whoMovesOnIsWaitedFor() {
        try (var slow = passing.reader()) {
            while (pass(50_000) > 0) {}
            long position = KEPT;
            for (int i = 0; i < 3; i++) {
                nanos.addAndGet(Duration.ofSeconds(9).toNanos());
                assertThat(passing.room(OUT)).isZero();
                position += 70_000;
                slow.has(OUT, position);
                assertThat(pass(50_000)).isPositive();
                while (pass(50_000) > 0) {}
                assertThat(slow.next(OUT, position)).isEqualTo(position);
            }
        }
    }

    @Test
    void whoComesLateStartsWithTheGap() {
        try (var early = passing.reader()) {
            for (int i = 0; i < 10; i++) {
                pass(50_000);
                early.has(OUT, passed);
            }
            try (var late = passing.reader()) {
                assertThat(late.next(OUT, 0)).isZero();
                assertThat(late.next(OUT, KEPT)).isGreaterThan(KEPT).isLessThanOrEqualTo(passed);
            }
        }
    }

    @Test
    void placesAreCountedAndGivenBack() {
        OutputRelay other = passing("a");
        try (var _ = passing.reader();
                var _ = other.reader()) {
            assertThat(passing.isFollowed()).isTrue();
            assertThat(other.isFollowed()).as("one account has one").isFalse();
            OutputRelay second = passing("b");
            OutputRelay third = passing("c");
            try (var _ = second.reader();
                    var _ = third.reader()) {
                assertThat(second.isFollowed()).isTrue();
                assertThat(third.isFollowed()).as("there are two in all").isFalse();
            }
        }
        try (var _ = other.reader()) {
            assertThat(other.isFollowed()).isTrue();
        }
    }
}

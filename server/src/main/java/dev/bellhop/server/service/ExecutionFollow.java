// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.WaiterLimit;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionSnapshot;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.execution.ReadTime;
import dev.bellhop.server.execution.engine.ExecutionLookup;
import dev.bellhop.server.execution.follow.OutputRelay;
import dev.bellhop.server.masking.Masker;
import dev.bellhop.server.tenant.TenantFilter;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Lets one caller follow one execution until it ends. */
public final class ExecutionFollow {
    private final ExecutionLookup executions;
    private final ExecutionAccess access;
    private final WaiterLimit waiters;
    private final MaskedOutput output;
    private final ExecutionShow show;
    private final Key caller;
    private final Execution followed;
    private final ExecutionId id;

    ExecutionFollow(
            ExecutionLookup executions,
            ExecutionAccess access,
            WaiterLimit waiters,
            MaskedOutput output,
            ExecutionShow show,
            Key caller,
            Execution followed) {
        this.executions = executions;
        this.access = access;
        this.waiters = waiters;
        this.output = output;
        this.show = show;
        this.caller = caller;
        this.followed = followed;
        this.id = followed.id();
    }

    /**
     * Checks whether the caller can continue. Call this often: a stream could otherwise outlive the server, or the key
     * that opened it, by days.
     */
    public boolean goesOn() {
        return access.isServing() && access.isStillAllowed(caller, followed);
    }

    /** Returns an execution in the form for followers. */
    public ShownExecution shown(Execution execution) {
        return show.listed(execution);
    }

    /**
     * Finds the offset of the first stored output that was read at or after a time; returns the end of the stream if
     * there is none. Output without a read time counts as older. Uses a binary search over the pieces, so it assumes
     * that the clock never went backward.
     */
    public long firstSince(OutputStreamName stream, Instant since) {
        long end = followed.output().of(stream);
        long low = 0;
        long high = end;
        while (low < high) {
            long middle = (low + high) / 2;
            List<ReadTime> found = executions.stored().readTimes(id, stream, middle, 2);
            if (found.isEmpty()) {
                return end;
            }
            Instant at = found.getFirst().at();
            if (at == null || at.isBefore(since)) {
                low = found.size() > 1 ? Math.min(found.getLast().offset(), high) : high;
            } else {
                high = found.getFirst().offset();
            }
        }
        return low;
    }

    /**
     * Output that was read from the guest at one time.
     *
     * @param end its end offset in the stream
     */
    public record Piece(long end, @Nullable Instant readAt) {}

    /** Starts to follow the execution; throws {@code TOO_MANY_FOLLOWERS}. */
    public Reader open() {
        WaiterLimit.Place place = waiters.enter(caller);
        try {
            return new Reader(place, executions.follow(id).orElse(null));
        } catch (RuntimeException | Error e) {
            place.close();
            throw e;
        }
    }

    /** Same, but only for output that is already stored. */
    public Reader openStored() {
        return new Reader(waiters.enter(caller), null);
    }

    /** Follows the execution until it is closed. For one thread. */
    public final class Reader implements AutoCloseable {
        private final WaiterLimit.Place place;
        /** The output that is passed on and not stored; absent if all output is stored. */
        private final OutputRelay.@Nullable Reader passing;

        private long revision;

        private Reader(WaiterLimit.Place place, OutputRelay.@Nullable Reader passing) {
            this.place = place;
            this.passing = passing;
        }

        /**
         * Waits until there is more than at the previous return, or the time is over. Returns immediately on the first
         * call, and if the execution has ended.
         */
        public void awaitMore(Duration longest) throws InterruptedException {
            if (passing == null) {
                revision = executions.await(id, revision, () -> false, longest);
            } else {
                revision = executions.await(id, revision, passing::hasNews, longest);
                passing.noted();
            }
        }

        /** Reads the current state; empty if its retention is over. */
        public Optional<Execution> now() {
            return executions.find(id, TenantFilter.all(), Duration.ZERO).map(ExecutionSnapshot::execution);
        }

        /**
         * Returns the position to resume reading at. It is past the given position only if bytes that were not stored
         * are lost.
         */
        public long next(OutputStreamName stream, long position) {
            return passing == null ? position : Math.max(position, passing.next(stream, position));
        }

        /** Returns the number of bytes available to a reader at a position. */
        public long end(Execution execution, OutputStreamName stream, long position) {
            long stored = execution.output().of(stream);
            if (passing == null) {
                return stored;
            }
            passing.has(stream, position);
            return Math.max(stored, passing.end(stream));
        }

        /**
         * Returns the output that was read together with the byte at a position.
         *
         * @param end the result of {@link #end}; greater than the position
         */
        public Piece piece(Execution execution, OutputStreamName stream, long position, long end) {
            List<ReadTime> found = passing == null ? List.of() : passing.readTimes(stream, position, 2);
            long known = end;
            if (found.isEmpty()) {
                found = executions.stored().readTimes(id, stream, position, 2);
                long stored = execution.output().of(stream);
                // Output that is passed on was read later.
                known = position < stored ? Math.min(end, stored) : end;
            }
            return new Piece(
                    found.size() > 1 ? Math.min(found.getLast().offset(), known) : known,
                    found.isEmpty() ? null : found.getFirst().at());
        }

        /**
         * Reads masked output. Returns fewer bytes than the limit if there are fewer, or if the server cannot know yet
         * whether the rest must be masked.
         */
        public byte[] read(Execution execution, OutputStreamName stream, long offset, int limit) {
            OutputRelay.Stored stored = (from, count) -> executions.stored().output(id, stream, from, count);
            Masker.Source bytes =
                    passing == null ? stored::read : (from, count) -> passing.read(stream, from, count, stored);
            return output.read(execution, bytes, offset, limit);
        }

        @Override
        public void close() {
            try (place) {
                if (passing != null) {
                    passing.close();
                }
            }
        }
    }
}

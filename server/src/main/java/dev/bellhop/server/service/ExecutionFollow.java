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

/** Lets one caller follow one execution, for as long as that goes on. */
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

    /** Whether to go on. Ask often: a stream can outlive the server, and the key that it was opened with, by days. */
    public boolean goesOn() {
        return access.isServing() && access.isStillAllowed(caller, followed);
    }

    /** An execution as it is shown to those who follow it. */
    public ShownExecution shown(Execution execution) {
        return show.listed(execution);
    }

    /**
     * Where the stored output of a stream begins that was read at that time or later; its end where none was. What was read at
     * no known time was read before. Looks at few pieces only, so it takes the clock to have gone forward.
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
     * @param end where in its stream it ends
     */
    public record Piece(long end, @Nullable Instant readAt) {}

    /** Begins to follow it; throws {@code TOO_MANY_FOLLOWERS}. */
    public Reader open() {
        WaiterLimit.Place place = waiters.enter(caller);
        try {
            return new Reader(place, executions.follow(id).orElse(null));
        } catch (RuntimeException | Error e) {
            place.close();
            throw e;
        }
    }

    /** The same of what is stored by now. */
    public Reader openStored() {
        return new Reader(waiters.enter(caller), null);
    }

    /** Follows it until it is closed. For one thread. */
    public final class Reader implements AutoCloseable {
        private final WaiterLimit.Place place;
        /** Has what is not kept; absent where all that there is is stored. */
        private final OutputRelay.@Nullable Reader passing;

        private long revision;

        private Reader(WaiterLimit.Place place, OutputRelay.@Nullable Reader passing) {
            this.place = place;
            this.passing = passing;
        }

        /** Waits until there is more than when this returned last, or the time is over; not at first, nor where it has ended. */
        public void awaitMore(Duration longest) throws InterruptedException {
            if (passing == null) {
                revision = executions.await(id, revision, () -> false, longest);
            } else {
                revision = executions.await(id, revision, passing::hasNews, longest);
                passing.noted();
            }
        }

        /** As it is now; empty where its retention is over. */
        public Optional<Execution> now() {
            return executions.find(id, TenantFilter.all(), Duration.ZERO).map(ExecutionSnapshot::execution);
        }

        /** From where a reader can go on: further than it was only where bytes are gone that were not kept. */
        public long next(OutputStreamName stream, long position) {
            return passing == null ? position : Math.max(position, passing.next(stream, position));
        }

        /** How many bytes there are for a reader that has come to a position. */
        public long end(Execution execution, OutputStreamName stream, long position) {
            long stored = execution.output().of(stream);
            if (passing == null) {
                return stored;
            }
            passing.has(stream, position);
            return Math.max(stored, passing.end(stream));
        }

        /**
         * What was read together with the byte at a position.
         *
         * @param end as {@link #end} tells it; beyond the position
         */
        public Piece piece(Execution execution, OutputStreamName stream, long position, long end) {
            List<ReadTime> found = passing == null ? List.of() : passing.readTimes(stream, position, 2);
            long known = end;
            if (found.isEmpty()) {
                found = executions.stored().readTimes(id, stream, position, 2);
                long stored = execution.output().of(stream);
                // What is passed on was read later.
                known = position < stored ? Math.min(end, stored) : end;
            }
            return new Piece(
                    found.size() > 1 ? Math.min(found.getLast().offset(), known) : known,
                    found.isEmpty() ? null : found.getFirst().at());
        }

        /**
         * Reads masked output; less than the limit where there is less, or where it is not known yet whether the rest
         * is masked.
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

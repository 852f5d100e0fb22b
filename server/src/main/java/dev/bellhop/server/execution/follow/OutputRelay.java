// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.follow;

import dev.bellhop.server.execution.OutputChunk;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.execution.ReadTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a command writes beyond what is kept of it, on its way to those who follow it: held until each of them has it, and
 * stored nowhere. The guest is not asked for more while it is full, so that the slowest reader sets the pace; one that stands
 * still is left behind, and finds a gap. Thread safe.
 */
public final class OutputRelay {
    /** Held of one stream at most. */
    static final int CAPACITY = 256 * 1024;

    /** How far back readers look, to mask what begins there. */
    static final int CONTEXT = 32 * 1024;

    /** A reader that does not take so much in so long stands still. */
    private static final long MIN_PROGRESS_BYTES = 64 * 1024;

    private static final Duration STANDS_STILL = Duration.ofSeconds(10);

    private final LongSupplier nanoTime;
    private final InstantSource clock;
    private final OutputRelayLimit.Place place;
    private final Runnable changed;

    /** All guarded by this. */
    private final Map<OutputStreamName, Held> held = new EnumMap<>(OutputStreamName.class);

    private final Set<Reader> readers = new HashSet<>();

    /**
     * One that holds nothing yet.
     *
     * @param changed called, with no lock held, when readers have news
     */
    public OutputRelay(OutputRelayLimit.Place place, Runnable changed, LongSupplier nanoTime, InstantSource clock) {
        this.place = place;
        this.changed = changed;
        this.nanoTime = nanoTime;
        this.clock = clock;
        for (OutputStreamName stream : OutputStreamName.values()) {
            held.put(stream, new Held());
        }
    }

    private static final class Held {
        private final Deque<OutputChunk> pieces = new ArrayDeque<>();
        /** Where what was passed begins: all before it is stored. Below zero where nothing was passed. */
        private long start = -1;

        private long from;
        private long to;
        private @Nullable Long fullSince;

        int room() {
            return (int) Math.max(0, CAPACITY - (to - from));
        }

        void add(OutputChunk chunk) {
            if (start < 0) {
                start = chunk.offset();
                from = chunk.offset();
            }
            pieces.add(chunk);
            to = chunk.offset() + chunk.bytes().length;
        }

        void dropBefore(long offset) {
            while (!pieces.isEmpty() && from + pieces.getFirst().bytes().length <= offset) {
                from += pieces.removeFirst().bytes().length;
            }
            if (from < offset && !pieces.isEmpty()) {
                OutputChunk first = pieces.removeFirst();
                byte[] rest = Arrays.copyOfRange(first.bytes(), (int) (offset - from), first.bytes().length);
                pieces.addFirst(new OutputChunk(first.stream(), offset, rest, first.readAt()));
                from = offset;
            }
        }

        /** When the byte at an offset was read, and those that follow; none where it is not held. */
        List<ReadTime> readTimes(long offset, int limit) {
            return offset < from || offset >= to
                    ? List.of()
                    : pieces.stream()
                            .filter(piece -> piece.offset() + piece.bytes().length > offset)
                            .limit(limit)
                            .map(piece -> new ReadTime(piece.offset(), piece.readAt()))
                            .toList();
        }

        byte[] read(long offset, int limit) {
            int length = Math.clamp(to - offset, 0, limit);
            byte[] into = new byte[offset < from ? 0 : length];
            long at = from;
            for (OutputChunk chunk : pieces) {
                byte[] piece = chunk.bytes();
                long begin = Math.max(offset, at);
                long end = Math.min(offset + into.length, at + piece.length);
                if (begin < end) {
                    System.arraycopy(piece, (int) (begin - at), into, (int) (begin - offset), (int) (end - begin));
                }
                at += piece.length;
            }
            return into;
        }
    }

    /** Somebody who follows the command, from its beginning or from later on. For one thread. */
    public final class Reader implements AutoCloseable {
        private final Map<OutputStreamName, Long> positions = new EnumMap<>(OutputStreamName.class);
        private long markedAt = nanoTime.getAsLong();
        private long mark;
        private boolean leftBehind;
        private boolean hasNews;

        private Reader() {}

        /** Whether something was passed since {@link #noted}. */
        public boolean hasNews() {
            synchronized (OutputRelay.this) {
                return hasNews;
            }
        }

        /** Goes to look at what there is. */
        public void noted() {
            synchronized (OutputRelay.this) {
                hasNews = false;
            }
        }

        /** Has all before this offset of a stream. */
        public void has(OutputStreamName stream, long offset) {
            synchronized (OutputRelay.this) {
                positions.put(stream, offset);
                long all =
                        positions.values().stream().mapToLong(Long::longValue).sum();
                if (all >= mark + MIN_PROGRESS_BYTES) {
                    mark = all;
                    markedAt = nanoTime.getAsLong();
                }
                dropWhatAllHave();
            }
        }

        private long position(OutputStreamName stream) {
            return positions.getOrDefault(stream, 0L);
        }

        /** Where what was passed of a stream ends; zero where nothing was. */
        public long end(OutputStreamName stream) {
            synchronized (OutputRelay.this) {
                return held(stream).to;
            }
        }

        /** Where to go on reading who stands at an offset: further on where what is there is gone. */
        public long next(OutputStreamName stream, long offset) {
            synchronized (OutputRelay.this) {
                Held passed = held(stream);
                boolean isStored = passed.start < 0 || offset < passed.start || passed.from == passed.start;
                return isStored || offset >= passed.from + CONTEXT
                        ? offset
                        : Math.min(passed.from + CONTEXT, passed.to);
            }
        }

        /** So many bytes of a stream from an offset on, fewer where there are no more yet. */
        public byte[] read(OutputStreamName stream, long offset, int limit, Stored stored) {
            long start;
            byte[] passed;
            synchronized (OutputRelay.this) {
                Held bytes = held(stream);
                start = bytes.start;
                passed = start < 0
                        ? new byte[0]
                        : bytes.read(Math.max(offset, start), Math.clamp(offset + limit - start, 0, limit));
            }
            if (start < 0 || offset + limit <= start) {
                return stored.read(offset, limit);
            }
            if (offset >= start) {
                return passed;
            }
            byte[] before = stored.read(offset, (int) (start - offset));
            if (before.length < start - offset) {
                return before;
            }
            byte[] all = Arrays.copyOf(before, before.length + passed.length);
            System.arraycopy(passed, 0, all, before.length, passed.length);
            return all;
        }

        /** As {@link dev.bellhop.server.execution.store.ExecutionReader#readTimes}, of what is held here. */
        public List<ReadTime> readTimes(OutputStreamName stream, long offset, int limit) {
            synchronized (OutputRelay.this) {
                return held(stream).readTimes(offset, limit);
            }
        }

        @Override
        public void close() {
            synchronized (OutputRelay.this) {
                readers.remove(this);
                dropWhatAllHave();
                if (readers.isEmpty()) {
                    place.giveBack();
                }
            }
        }
    }

    @FunctionalInterface
    public interface Stored {
        byte[] read(long offset, int limit);
    }

    /** Somebody follows; to be closed. */
    public synchronized Reader reader() {
        Reader reader = new Reader();
        readers.add(reader);
        return reader;
    }

    /** Whether there is somebody to pass anything on to, and memory for it. */
    synchronized boolean isFollowed() {
        return readers.stream().anyMatch(reader -> !reader.leftBehind) && place.take();
    }

    /** How many bytes of a stream it takes now. */
    synchronized int room(OutputStreamName stream) {
        Held bytes = held(stream);
        if (bytes.room() > 0) {
            bytes.fullSince = null;
            return bytes.room();
        }
        long now = nanoTime.getAsLong();
        if (bytes.fullSince == null) {
            bytes.fullSince = now;
        }
        long full = bytes.fullSince;
        long timeout = STANDS_STILL.toNanos();
        for (Reader reader : readers) {
            reader.leftBehind |= now - full > timeout
                    && now - reader.markedAt > timeout
                    && reader.position(stream) < bytes.to - CAPACITY / 2;
        }
        dropWhatAllHave();
        return bytes.room();
    }

    /** As {@link #room}, and waits for some; none where nobody follows any more. */
    synchronized int awaitRoom(OutputStreamName stream) throws InterruptedException {
        while (isFollowed()) {
            int room = room(stream);
            if (room > 0) {
                return room;
            }
            wait(STANDS_STILL.toMillis() / 10);
        }
        return 0;
    }

    /** Passes on what follows all that was kept or passed before. */
    void pass(List<OutputChunk> chunks) {
        Instant now = clock.instant();
        synchronized (this) {
            chunks.forEach(chunk -> held(chunk.stream()).add(chunk.readAt(now)));
            readers.forEach(reader -> reader.hasNews = true);
        }
        changed.run();
    }

    private Held held(OutputStreamName stream) {
        return Objects.requireNonNull(held.get(stream));
    }

    private void dropWhatAllHave() {
        held.forEach((stream, bytes) -> {
            long slowest = readers.stream()
                    .filter(reader -> !reader.leftBehind)
                    .mapToLong(reader -> reader.position(stream))
                    .min()
                    .orElse(bytes.to);
            bytes.dropBefore(slowest - CONTEXT);
        });
        notifyAll();
    }
}

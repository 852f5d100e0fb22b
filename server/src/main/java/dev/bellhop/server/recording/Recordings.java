// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.recording;

import dev.bellhop.server.digest.Digests;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.Writes;
import dev.bellhop.server.limit.FairLimit;
import dev.bellhop.server.terminal.PtySpec;
import dev.bellhop.server.terminal.TerminalId;
import dev.bellhop.server.terminal.TerminalInfo;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Records the terminals of this server, and ends unfinished recordings of servers that have ended. Thread safe. */
public final class Recordings implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Recordings.class);

    /** Checks the terminal type, which the client chooses, because people share the file that it ends up in. */
    private static final Pattern TERM = Pattern.compile("[A-Za-z0-9._+-]{1,64}");

    /** Several times the interval at which a server notes that a recording is in progress. */
    private static final Duration ABANDONED = RecordingWriter.ALIVE_INTERVAL.multipliedBy(6);

    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(3);

    private final RecordingStore store;
    private final RecordingSettings settings;
    private final FairLimit more;
    private final Clock clock;
    private final Counter bytes;
    private final Counter incomplete;
    private final Map<TerminalId, Open> open = new ConcurrentHashMap<>();

    private record Open(RecordedTerminal terminal, Thread writer) {}

    /**
     * Creates an instance without recordings.
     *
     * @param more limit in bytes of the memory for data that waits longer to be stored
     */
    public Recordings(
            RecordingStore store, RecordingSettings settings, FairLimit more, Clock clock, MeterRegistry metrics) {
        this.store = store;
        this.settings = settings;
        this.more = more;
        this.clock = clock;
        this.bytes = Counter.builder("bellhop.recordings.stored")
                .description("Bytes of recordings of terminals that were stored")
                .baseUnit("bytes")
                .register(metrics);
        this.incomplete = Counter.builder("bellhop.recordings.incomplete")
                .description("Recordings of terminals that ended with something missing")
                .register(metrics);
    }

    /** Returns the memory that {@link #begin} needs, in bytes. */
    public long bytesOfEach() {
        return settings.output() ? RecordedTerminal.BYTES : 0;
    }

    /**
     * Begins to record a terminal that is about to be opened; returns when that is durable. Empty if terminals are not
     * recorded.
     *
     * @param memory has {@link #bytesOfEach}; is closed when the recording has ended, or if this fails
     * @throws dev.bellhop.server.failure.BellhopException {@code STORE_UNAVAILABLE}: a terminal that cannot be recorded
     *     is not opened
     */
    public Optional<RecordedTerminal> begin(TerminalInfo info, PtySpec spec, FairLimit.Holding memory) {
        if (!settings.output()) {
            memory.close();
            return Optional.empty();
        }
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        Recording recording = new Recording(
                info.id(), info.vm(), info.tenant(), info.keyId(), info.labels(), settings.input(), now, 0, null);
        try {
            Writes.await(store.begin(recording));
            return Optional.of(
                    begin(recording, spec, new RecordedTerminal.Memory(memory, more.newHolding(info.holder()))));
        } catch (RuntimeException | Error e) {
            open.remove(info.id());
            memory.close();
            throw e;
        }
    }

    private RecordedTerminal begin(Recording recording, PtySpec spec, RecordedTerminal.Memory memory) {
        TerminalId id = recording.id();
        byte[] header = Asciicast.header(
                spec.size(), type(spec), recording.startedAt(), "Terminal " + id + " in VM " + recording.vm());
        RecordedTerminal terminal = new RecordedTerminal(settings, memory, header);
        RecordingWriter writer = new RecordingWriter(recording, terminal, store, clock, bytes);
        Thread thread = Thread.ofVirtual().name("terminal-recording").unstarted(() -> {
            try {
                writer.run();
            } finally {
                open.remove(id);
            }
        });
        open.put(id, new Open(terminal, thread));
        thread.start();
        return terminal;
    }

    private static @Nullable String type(PtySpec spec) {
        String type = spec.env().get("TERM");
        return type != null && TERM.matcher(type).matches() ? type : null;
    }

    /** Counts an ended recording if it is incomplete. */
    public void ended(Recording.End end) {
        if (!end.complete()) {
            incomplete.increment();
        }
    }

    /** Deletes the recording of a terminal that could not be opened. */
    public void discard(TerminalId id) {
        Open found = open.remove(id);
        if (found != null) {
            found.writer.interrupt();
            join(found.writer, System.nanoTime() + STOP_TIMEOUT.toNanos());
        }
        Writes.await(store.discard(id));
    }

    /**
     * Ends recordings whose servers have ended without doing so.
     *
     * @param atStart whether no other server records into this store and this one has not begun to: then all recordings
     *     in progress are abandoned
     * @return how many recordings were ended
     */
    public int endAbandoned(boolean atStart) {
        Instant quietSince = clock.instant().minus(atStart ? Duration.ZERO : ABANDONED);
        int ended = 0;
        for (Recording each : store.abandoned(quietSince)) {
            if (!open.containsKey(each.id()) && endAbandoned(each)) {
                ended++;
            }
        }
        return ended;
    }

    private boolean endAbandoned(Recording recording) {
        try {
            Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
            Recording.End end = new Recording.End(now, false, hash(recording));
            Writes.await(store.endInterrupted(recording.ended(recording.bytes(), end)));
            incomplete.increment();
            return true;
        } catch (BellhopException e) {
            log.error("Cannot end the recording of terminal {}, whose server has ended", recording.id(), e);
            return false;
        }
    }

    private String hash(Recording recording) {
        MessageDigest digest = Digests.sha256();
        long offset = 0;
        for (byte[] lines = store.read(recording.id(), 0);
                lines.length > 0;
                lines = store.read(recording.id(), offset)) {
            digest.update(lines);
            offset += lines.length;
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Deletes recordings that are too old, and the oldest ones if all together are too large; returns how many. */
    public int deleteOld() {
        return repeat(() -> Writes.await(store.deleteEndedBefore(clock.instant().minus(settings.age()))))
                + repeat(() -> Writes.await(store.deleteBeyond(settings.bytes())));
    }

    private interface Deletion {
        int some();
    }

    private static int repeat(Deletion deletion) {
        int total = 0;
        for (int some = deletion.some(); some > 0; some = deletion.some()) {
            total += some;
        }
        return total;
    }

    /** Waits a moment for the remaining data to be stored. The terminals have already ended. */
    @Override
    public void close() {
        long until = System.nanoTime() + STOP_TIMEOUT.toNanos();
        open.values().forEach(each -> join(each.writer, until));
        open.values().forEach(each -> each.writer.interrupt());
    }

    private static void join(Thread thread, long untilNanos) {
        try {
            thread.join(Duration.ofNanos(Math.max(1, untilNanos - System.nanoTime())));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

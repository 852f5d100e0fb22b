// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.recording;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.Writes;
import io.micrometer.core.instrument.Counter;
import java.time.Clock;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stores one recording piece by piece while it is made, on a separate thread. If the store is unavailable, retries as
 * long as the server runs.
 */
final class RecordingWriter {
    private static final Logger log = LoggerFactory.getLogger(RecordingWriter.class);

    /** Interval for noting in the store that an idle recording is still in progress. */
    static final Duration ALIVE_INTERVAL = Duration.ofSeconds(30);

    private static final Duration RETRY_INTERVAL = Duration.ofSeconds(1);

    private final Recording begun;
    private final RecordedTerminal terminal;
    private final RecordingStore store;
    private final Clock clock;
    private final Counter bytes;
    private volatile boolean isAway;

    RecordingWriter(Recording begun, RecordedTerminal terminal, RecordingStore store, Clock clock, Counter bytes) {
        this.begun = begun;
        this.terminal = terminal;
        this.store = store;
        this.clock = clock;
        this.bytes = bytes;
    }

    void run() {
        try {
            long offset = 0;
            for (byte[] piece = terminal.next(RecordedTerminal.FLUSH_INTERVAL);
                    piece != null;
                    piece = terminal.next(ALIVE_INTERVAL)) {
                byte[] lines = piece;
                long at = offset;
                if (!untilStored(() -> Writes.await(store.append(begun.id(), at, lines, clock.instant())))) {
                    log.warn(
                            "The recording of terminal {} was ended by another server, which had heard nothing of it for long",
                            begun.id());
                    terminal.lost();
                    return;
                }
                offset += piece.length;
                bytes.increment(piece.length);
                terminal.stored(piece.length);
            }
            Recording.End end = terminal.end();
            if (end != null) {
                Recording ended = begun.ended(offset, end);
                var _ = untilStored(() -> Writes.await(store.end(ended)));
            }
        } catch (InterruptedException e) {
            // The server is stopping; the next one finds the stored part.
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error e) {
            log.error("Cannot store the recording of terminal {} any more", begun.id(), e);
            terminal.lost();
        } finally {
            terminal.settled();
        }
    }

    private <T extends @Nullable Object> T untilStored(Supplier<T> write) throws InterruptedException {
        while (true) {
            try {
                T stored = write.get();
                isAway = false;
                return stored;
            } catch (BellhopException e) {
                if (!isAway) {
                    isAway = true;
                    log.warn("Cannot store the recording of terminal {} now; trying again", begun.id(), e);
                }
                Thread.sleep(RETRY_INTERVAL);
            }
        }
    }
}

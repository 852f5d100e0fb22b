// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;

/** How the database of a server does: its commits, its failures and the room that it takes up. Thread safe. */
final class StoreMetrics {
    private static final Duration[] BUCKETS = {
        Duration.ofNanos(250_000),
        Duration.ofNanos(500_000),
        Duration.ofMillis(1),
        Duration.ofNanos(2_500_000),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(25),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofSeconds(1),
        Duration.ofSeconds(10)
    };

    private final MeterRegistry registry;
    private final Timer commits;
    private final Counter failedWrites;
    private final Counter failedReads;

    /** @param database its file */
    StoreMetrics(MeterRegistry registry, Path database) {
        this.registry = registry;
        this.commits = Timer.builder("bellhop.store.commit")
                .description("Commits to the database, each of which makes one or many writes durable")
                .serviceLevelObjectives(BUCKETS)
                .register(registry);
        this.failedWrites = failures("write");
        this.failedReads = failures("read");
        size("database", database);
        size("log", WalFile.of(database));
        Gauge.builder("bellhop.store.disk.free", () -> room(database))
                .description("What the file system of the database has room for")
                .baseUnit("bytes")
                .register(registry);
    }

    private Counter failures(String operation) {
        return Counter.builder("bellhop.store.errors")
                .description("Writes to the database, and reads, that failed")
                .tag("operation", operation)
                .register(registry);
    }

    private void size(String name, Path file) {
        Gauge.builder("bellhop.store.size", () -> bytes(file))
                .description("The files of the database on the disk")
                .baseUnit("bytes")
                .tag("file", name)
                .register(registry);
    }

    /** A log that is not there takes up nothing. */
    private static long bytes(Path file) {
        try {
            return Files.size(file);
        } catch (NoSuchFileException e) {
            return 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long room(Path file) {
        try {
            return Files.getFileStore(file).getUsableSpace();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @param queued how many writes wait for a commit */
    void watchQueue(IntSupplier queued) {
        Gauge.builder("bellhop.store.queued.writes", queued::getAsInt)
                .description("Writes that wait for a commit")
                .register(registry);
    }

    /** @param begun when it was begun, of {@link System#nanoTime} */
    void committed(long begun) {
        commits.record(System.nanoTime() - begun, TimeUnit.NANOSECONDS);
    }

    void writeFailed() {
        failedWrites.increment();
    }

    void readFailed() {
        failedReads.increment();
    }
}

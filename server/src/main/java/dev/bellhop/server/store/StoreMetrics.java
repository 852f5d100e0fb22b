// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/** Metrics of a server's database: commits, failures and disk space. Thread safe. */
public final class StoreMetrics {
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

    public StoreMetrics(MeterRegistry registry) {
        this.registry = registry;
        this.commits = Timer.builder("bellhop.store.commit")
                .description("Commits to the database, each of which makes one or many writes durable")
                .serviceLevelObjectives(BUCKETS)
                .register(registry);
        this.failedWrites = failures("write");
        this.failedReads = failures("read");
    }

    private Counter failures(String operation) {
        return Counter.builder("bellhop.store.errors")
                .description("Writes to the database, and reads, that failed")
                .tag("operation", operation)
                .register(registry);
    }

    /** Registers a gauge for the size of a part of the database, in bytes. */
    public void size(String part, Supplier<Number> bytes) {
        Gauge.builder("bellhop.store.size", bytes)
                .description("What the database takes up on its disk")
                .baseUnit("bytes")
                .tag("file", part)
                .register(registry);
    }

    /** Registers a gauge for the free space on the database's disk, in bytes. */
    public void free(Supplier<Number> bytes) {
        Gauge.builder("bellhop.store.disk.free", bytes)
                .description("What the file system of the database has room for")
                .baseUnit("bytes")
                .register(registry);
    }

    /** @param queued how many writes wait for a commit */
    void watchQueue(IntSupplier queued) {
        Gauge.builder("bellhop.store.queued.writes", queued::getAsInt)
                .description("Writes that wait for a commit")
                .register(registry);
    }

    /** @param begun the start of the commit, from {@link System#nanoTime} */
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

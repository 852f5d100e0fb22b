// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.server.encryption.KeyFile;
import dev.bellhop.server.failure.BellhopException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What can be counted of a database. */
@Timeout(60)
class StoreMetricsTest {
    @TempDir
    private Path folder;

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private SqliteDatabase database;

    @BeforeEach
    void open() throws Exception {
        database = SqliteDatabase.open(file(), new KeyFile(folder.resolve(KeyFile.NAME)), registry);
        database.change(connection -> connection.execute("CREATE TABLE t (n INTEGER PRIMARY KEY)"))
                .join();
    }

    @AfterEach
    void close() {
        database.close();
    }

    private Path file() {
        return folder.resolve("x.db");
    }

    private CompletableFuture<Void> insert(int n) {
        return database.change(connection -> connection.execute("INSERT INTO t VALUES (?)", n));
    }

    private long commits() {
        return registry.get("bellhop.store.commit").timer().count();
    }

    private double errors(String operation) {
        return registry.get("bellhop.store.errors")
                .tag("operation", operation)
                .counter()
                .count();
    }

    private double size(String which) {
        return registry.get("bellhop.store.size").tag("file", which).gauge().value();
    }

    @Test
    void eachCommitIsTimedWhoeverMakesIt() {
        long before = commits();
        insert(1).join();
        assertThat(commits()).isEqualTo(before + 1);
        database.changeAndWait(connection -> connection.execute("INSERT INTO t VALUES (2)"))
                .join();
        assertThat(commits()).isEqualTo(before + 2);
        assertThat(registry.get("bellhop.store.commit").timer().totalTime(TimeUnit.NANOSECONDS))
                .isPositive();
    }

    @Test
    void aWriteThatFailsIsAnErrorAndNoCommit() {
        insert(1).join();
        long before = commits();
        assertThatThrownBy(() -> insert(1).join()).hasCauseInstanceOf(BellhopException.class);
        assertThat(errors("write")).isEqualTo(1);
        assertThat(commits()).isEqualTo(before);
        assertThat(errors("read")).isZero();
    }

    @Test
    void aReadThatFailsIsAnError() {
        assertThatThrownBy(() -> database.read(
                        connection -> connection.query("INSERT INTO t VALUES (1) RETURNING n", row -> row.getInt(1))))
                .isInstanceOf(BellhopException.class);
        assertThat(errors("read")).isEqualTo(1);
        assertThat(errors("write")).isZero();
    }

    @Test
    void writesThatWaitAreCounted() throws Exception {
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        CompletableFuture<Void> holder = database.change(connection -> {
            held.countDown();
            try {
                release.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        held.await();
        CompletableFuture<Void> one = insert(1);
        CompletableFuture<Void> two = insert(2);
        assertThat(registry.get("bellhop.store.queued.writes").gauge().value()).isEqualTo(2);

        release.countDown();
        CompletableFuture.allOf(holder, one, two).join();
        assertThat(registry.get("bellhop.store.queued.writes").gauge().value()).isZero();
    }

    @Test
    void theSizesAreThoseOfTheFiles() throws Exception {
        assertThat(size("database")).isEqualTo((double) Files.size(file())).isPositive();
        assertThat(size("log"))
                .isEqualTo((double) Files.size(WalFile.of(file())))
                .isPositive();
        assertThat(registry.get("bellhop.store.disk.free").gauge().value()).isPositive();

        database.close();
        assertThat(size("log")).as("it has gone into the database").isZero();
    }
}

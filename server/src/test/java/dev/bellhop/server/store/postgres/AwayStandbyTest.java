// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.server.encryption.KeyFile;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.execution.store.ExecutionIntake;
import dev.bellhop.server.execution.store.ExecutionIntake.Insertion;
import dev.bellhop.server.execution.store.IdempotencyKey;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.store.sqlite.TestStores;
import dev.bellhop.testkit.PostgresServer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A database whose commits wait for a standby that is away. */
@Timeout(120)
@Tag("real")
@Tag("cluster")
class AwayStandbyTest {
    private static final Duration SOON = Duration.ofSeconds(40);

    @TempDir
    private Path folder;

    private PostgresDatabase open(PostgresServer server) throws IOException {
        return PostgresDatabase.open(
                TempPostgres.settings(server, PostgresServer.DATABASE, folder),
                ServerMode.CLUSTER,
                new KeyFile(folder.resolve(KeyFile.NAME)),
                new SimpleMeterRegistry());
    }

    /** The server that gave up ends its backend. PostgreSQL then shows the row, which only the primary has. */
    @Test
    void whatNoStandbyHasIsNotAnsweredToARepeatedRequest() throws Exception {
        TempPostgres.writePassword(folder);
        try (PostgresServer server = PostgresServer.start();
                PostgresDatabase one = open(server);
                PostgresDatabase other = open(server)) {
            ExecutionIntake elsewhere = TestStores.executions(other).intake();
            IdempotencyKey key = new IdempotencyKey("0123456789ab", "K", new byte[] {1});
            Execution execution = TestExecutions.pending(1);
            server.waitForStandby("away");
            Awaitility.await().atMost(SOON).until(() -> isHeld(other.awaitDurable()));
            CompletableFuture<Insertion> inserted =
                    TestStores.executions(one).intake().insert(execution, StartOptions.PLAIN, null, key);
            Awaitility.await().atMost(SOON).until(() -> isVisible(other, execution));

            assertThatThrownBy(() -> elsewhere.known(key.keyId(), key.name()))
                    .isInstanceOfSatisfying(
                            BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.START_UNCONFIRMED));
            assertThat(inserted).isNotDone();

            server.waitForStandby("");
            assertThat(inserted).succeedsWithin(SOON).isEqualTo(new Insertion.Inserted());
            assertThat(elsewhere.known(key.keyId(), key.name())).hasValue(new Insertion.Known(execution.id(), key));
        }
    }

    private static boolean isHeld(CompletableFuture<?> commit) throws Exception {
        try {
            commit.get(300, TimeUnit.MILLISECONDS);
            return false;
        } catch (TimeoutException e) {
            return true;
        }
    }

    private static boolean isVisible(PostgresDatabase database, Execution execution) {
        return database.read(connection -> connection.find(
                        "SELECT id FROM executions WHERE id = ?",
                        row -> row.getString(1),
                        execution.id().toString()))
                .isPresent();
    }
}

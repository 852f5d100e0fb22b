// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.server.encryption.EncryptionKeysException;
import dev.bellhop.server.encryption.KeyFile;
import dev.bellhop.server.encryption.KeyRotation;
import dev.bellhop.server.encryption.RenewableContent;
import dev.bellhop.server.masking.Mask;
import dev.bellhop.server.store.Duty;
import dev.bellhop.server.store.sql.SqlMaskStore;
import dev.bellhop.server.store.sql.SqlRenewableContent;
import dev.bellhop.server.tenant.Tenant;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A new encryption key for a cluster: one server alone begins with it, and the cluster goes on. */
@Timeout(60)
@Tag("real")
@Tag("cluster")
class ClusterRotationTest {
    private static final Mask MASK = new Mask("m", "secret");

    @RegisterExtension
    private final TempPostgres temp = new TempPostgres();

    private PostgresDatabase clustered(KeyFile keys) throws IOException {
        return PostgresDatabase.open(temp.settings(), ServerMode.CLUSTER, keys, new SimpleMeterRegistry());
    }

    private KeyFile copy(KeyFile keys, String name) throws IOException {
        Path path = temp.folder().resolve(name);
        return new KeyFile(Files.copy(keys.path(), path, StandardCopyOption.COPY_ATTRIBUTES));
    }

    private static KeyRotation rotation(PostgresDatabase database, KeyFile keys) {
        return new KeyRotation(
                database.cipher(), keys, new SqlRenewableContent(database), database.sharedDuty(Duty.KEY_ROTATION));
    }

    /** The new key is in use, and nothing is encrypted anew yet. */
    private void beginAlone(KeyFile keys) throws Exception {
        PostgresDatabase alone = temp.reopened();
        CountDownLatch begun = new CountDownLatch(1);
        RenewableContent content = new SqlRenewableContent(alone);
        RenewableContent half = new RenewableContent() {
            @Override
            public int renewedBy() {
                return content.renewedBy();
            }

            @Override
            public void begin() {
                content.begin();
                begun.countDown();
            }

            @Override
            public boolean renew(BooleanSupplier goesOn) {
                return false;
            }

            @Override
            public void end() {
                throw new IllegalStateException("it does not get so far");
            }
        };
        try (KeyRotation rotation = new KeyRotation(alone.cipher(), keys, half)) {
            rotation.rotate();
            begun.await();
        }
        alone.close();
    }

    @Test
    void oneServerEndsItAndAllTakeTheOldKeyOutOfTheirFiles() throws Exception {
        KeyFile keys = (KeyFile) temp.keys();
        KeyFile old = copy(keys, "old");
        new SqlMaskStore(temp.get()).put(Tenant.operator(), MASK).join();
        beginAlone(keys);
        assertThatThrownBy(() -> clustered(old)).isInstanceOf(EncryptionKeysException.class);

        KeyFile copied = copy(keys, "copied");
        try (PostgresDatabase first = clustered(keys);
                PostgresDatabase second = clustered(copied);
                KeyRotation one = rotation(first, keys);
                KeyRotation other = rotation(second, copied)) {
            one.start();
            other.start();
            assertThat(one.status().older()).hasSize(1);
            Awaitility.await()
                    .atMost(Duration.ofSeconds(40))
                    .until(() -> one.status().older().isEmpty()
                            && other.status().older().isEmpty());
            assertThat(Files.readString(copied.path())).isEqualTo(Files.readString(keys.path()));
        }
        Files.copy(copied.path(), keys.path(), StandardCopyOption.REPLACE_EXISTING);
        assertThat(new SqlMaskStore(temp.reopened()).all()).containsEntry(Tenant.operator(), List.of(MASK));
    }

    @Test
    void aClusterDoesNotBeginIt() throws Exception {
        KeyFile keys = (KeyFile) temp.keys();
        try (KeyRotation rotation = rotation(temp.clustered(), keys)) {
            rotation.start();
            assertThatThrownBy(rotation::rotate)
                    .isInstanceOf(EncryptionKeysException.class)
                    .hasMessageStartingWith("Cannot rotate the encryption keys while the servers of a cluster run")
                    .hasMessageEndingWith("copy its keys to all, and start them again");
        }
    }
}

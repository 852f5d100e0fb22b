// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app.offline;

import dev.bellhop.api.audit.AuditRecord;
import dev.bellhop.server.access.Keys;
import dev.bellhop.server.access.Keys.Created;
import dev.bellhop.server.access.NewKey;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.app.DataFolder;
import dev.bellhop.server.app.DataLock;
import dev.bellhop.server.app.Databases;
import dev.bellhop.server.app.config.Config;
import dev.bellhop.server.app.config.ConfigException;
import dev.bellhop.server.audit.AuditEntry;
import dev.bellhop.server.audit.AuditStore;
import dev.bellhop.server.audit.Outcome;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.store.SqlDatabase;
import dev.bellhop.server.store.sql.SqlAuditStore;
import dev.bellhop.server.store.sql.SqlKeyStore;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;

/**
 * Makes an admin key on the server's machine while the server is stopped, to regain access after every admin key is
 * lost.
 */
public final class OfflineAdminKey {
    private OfflineAdminKey() {}

    /**
     * Makes a key with the scope admin, and records this in the audit trail.
     *
     * @throws IOException if this fails, with a message for a person; then there is no such key
     */
    public static Created create(Path configFile, String name) throws IOException {
        Config config = OfflineBackup.read(configFile);
        if (config.postgres() == null && !Files.exists(Databases.file(config, "make an admin key"))) {
            throw new IOException("Cannot make an admin key because there is no database in " + config.data()
                    + " yet; start the server, which makes the first admin key");
        }
        DataFolder.requireOwner(config.data(), "make an admin key", "admin-key new");
        Clock clock = Clock.systemUTC();
        try (FileChannel _ = DataLock.take(config.data());
                SqlDatabase open = Databases.open(config, new SimpleMeterRegistry())) {
            AuditStore audit = new SqlAuditStore(open);
            // The audit record is written together with the key.
            return new Keys(new SqlKeyStore(open), clock)
                    .create(
                            NewKey.of(name, Scope.ADMIN),
                            created -> audit.add(new AuditEntry(clock.instant(), AuditRecord.ADMIN_KEY, Outcome.DONE)
                                    .about(created.key().id())));
        } catch (BellhopException e) {
            throw new IOException(e.getMessage(), e);
        } catch (ConfigException e) {
            throw new IOException(e.getMessage(), e);
        }
    }
}

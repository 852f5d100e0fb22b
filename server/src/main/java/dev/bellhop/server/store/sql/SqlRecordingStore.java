// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sql;

import dev.bellhop.server.audit.AuditEntry;
import dev.bellhop.server.encryption.ContentCipher;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.recording.Recording;
import dev.bellhop.server.recording.RecordingStore;
import dev.bellhop.server.store.Columns;
import dev.bellhop.server.store.SqlDatabase;
import dev.bellhop.server.store.WriteConnection;
import dev.bellhop.server.store.content.ExecutionJson;
import dev.bellhop.server.store.content.GuardedTable;
import dev.bellhop.server.store.content.SealContext;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.tenant.TenantFilter;
import dev.bellhop.server.terminal.TerminalId;
import dev.bellhop.server.vm.VmId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Recordings. Their lines are encrypted in the pieces in which they arrived. Recordings are deleted one at a time,
 * because one may have thousands of pieces.
 */
public final class SqlRecordingStore implements RecordingStore {
    private static final Logger log = LoggerFactory.getLogger(SqlRecordingStore.class);
    private static final byte[] NOTHING = {};

    private static final String ALL_BYTES = "SELECT coalesce(sum(stored_bytes), 0) FROM recordings";

    private static final String OLDEST_OF_THE_LARGEST = """
            SELECT id FROM recordings WHERE ended_at IS NOT NULL AND coalesce(account_id, '') = (
                SELECT coalesce(account_id, '') FROM recordings
                GROUP BY coalesce(account_id, '') ORDER BY sum(stored_bytes) DESC LIMIT 1)
            ORDER BY id LIMIT 1
            """;

    private final SqlDatabase database;
    private final ContentCipher cipher;
    private final Function<Recording, AuditEntry> interruptedEntries;

    /** @param interruptedEntries makes the audit entry for a terminal whose server ended first */
    public SqlRecordingStore(SqlDatabase database, Function<Recording, AuditEntry> interruptedEntries) {
        this.database = database;
        this.cipher = database.cipher();
        this.interruptedEntries = interruptedEntries;
    }

    @Override
    public CompletableFuture<Void> begin(Recording recording) {
        return database.changeAndWait(connection -> {
            GuardedTable.RECORDINGS.insert(connection, cipher, values(recording));
            connection.execute(
                    "UPDATE recordings SET alive_at = ? WHERE id = ?",
                    recording.startedAt().toEpochMilli(),
                    recording.id().toString());
        });
    }

    private static @Nullable Object[] values(Recording recording) {
        Recording.End end = recording.end();
        return new @Nullable Object[] {
            recording.id().toString(),
            recording.vm().value(),
            recording.tenant().accountId(),
            recording.keyId(),
            ExecutionJson.names(recording.labels()),
            recording.input(),
            recording.startedAt().toEpochMilli(),
            end == null ? null : Columns.millis(end.at()),
            end == null ? null : end.complete(),
            end == null ? null : end.sha256()
        };
    }

    @Override
    public CompletableFuture<Boolean> append(TerminalId id, long offset, byte[] lines, Instant now) {
        byte[] encrypted =
                lines.length == 0 ? NOTHING : cipher.seal(lines, SealContext.recording(id.toString(), offset));
        return database.writeAndWait(connection -> {
            int changed = connection.execute(
                    "UPDATE recordings SET stored_bytes = ?, alive_at = ? WHERE id = ? AND ended_at IS NULL",
                    offset + lines.length,
                    now.toEpochMilli(),
                    id.toString());
            if (changed == 1 && encrypted.length > 0) {
                connection.execute(
                        "INSERT INTO recording_pieces (recording_id, piece_offset, sealed) VALUES (?, ?, ?)"
                                + " ON CONFLICT (recording_id, piece_offset) DO NOTHING",
                        id.toString(),
                        offset,
                        cipher.renewed(encrypted, SealContext.recording(id.toString(), offset)));
            }
            return changed == 1;
        });
    }

    @Override
    public CompletableFuture<Void> end(Recording ended) {
        return database.changeAndWait(connection -> storeEnd(connection, ended));
    }

    @Override
    public CompletableFuture<Void> endInterrupted(Recording ended) {
        return database.changeAndWait(connection -> {
            if (storeEnd(connection, ended)) {
                database.audit().append(connection, List.of(interruptedEntries.apply(ended)));
            }
        });
    }

    private boolean storeEnd(WriteConnection connection, Recording ended) {
        boolean goesOn = connection
                .find(
                        "SELECT 1 FROM recordings WHERE id = ? AND ended_at IS NULL",
                        row -> true,
                        ended.id().toString())
                .isPresent();
        if (goesOn) {
            GuardedTable.RECORDINGS.update(connection, cipher, values(ended));
        }
        return goesOn;
    }

    @Override
    public CompletableFuture<Void> discard(TerminalId id) {
        return database.changeAndWait(connection -> delete(connection, id.toString()));
    }

    @Override
    public Optional<Recording> find(TerminalId id) {
        return database.read(
                connection -> connection.find("SELECT * FROM recordings WHERE id = ?", this::recording, id.toString()));
    }

    @Override
    public byte[] read(TerminalId id, long offset) {
        return database.read(connection -> connection
                .find(
                        "SELECT sealed FROM recording_pieces WHERE recording_id = ? AND piece_offset = ?",
                        row -> row.getBytes(1),
                        id.toString(),
                        offset)
                .map(stored -> cipher.open(stored, SealContext.recording(id.toString(), offset)))
                .orElse(NOTHING));
    }

    @Override
    public List<Recording> list(TenantFilter tenants, @Nullable Set<VmId> vms, @Nullable TerminalId before, int limit) {
        if (vms != null && vms.isEmpty()) {
            return List.of();
        }
        Where where = new Where()
                .andIf("account_id = ?", tenants.accountId())
                .andIf("id < ?", before == null ? null : before.toString());
        if (vms != null) {
            where.andOneOf("vmid", vms.stream().map(VmId::value).toList());
        }
        String sql = "SELECT * FROM " + from(tenants, vms) + where.sql() + " ORDER BY id DESC LIMIT " + limit;
        return database.readInTurn(tenants, connection -> connection.query(sql, this::readable, where.values()));
    }

    private String from(TenantFilter tenants, @Nullable Set<VmId> vms) {
        if (vms != null && vms.size() == 1) {
            return database.dialect().by("recordings", "recordings_in_vm");
        }
        return tenants.accountId() == null
                ? database.dialect().byKey("recordings")
                : database.dialect().by("recordings", "recordings_of_account");
    }

    @Override
    public List<Recording> abandoned(Instant quietSince) {
        return database.read(connection -> connection.query(
                "SELECT * FROM recordings WHERE ended_at IS NULL AND alive_at <= ? ORDER BY id",
                this::readable,
                quietSince.toEpochMilli()));
    }

    @Override
    public CompletableFuture<Integer> deleteEndedBefore(Instant time) {
        return database.write(connection -> deleteFound(
                connection,
                connection.find(
                        "SELECT id FROM recordings WHERE ended_at < ? ORDER BY ended_at LIMIT 1",
                        row -> row.getString(1),
                        time.toEpochMilli())));
    }

    @Override
    public CompletableFuture<Integer> deleteBeyond(long bytes) {
        return database.write(connection -> connection.queryOne(ALL_BYTES, row -> row.getLong(1)) <= bytes
                ? 0
                : deleteFound(connection, connection.find(OLDEST_OF_THE_LARGEST, row -> row.getString(1))));
    }

    private static int deleteFound(WriteConnection connection, Optional<String> id) {
        id.ifPresent(found -> delete(connection, found));
        return id.isPresent() ? 1 : 0;
    }

    private static void delete(WriteConnection connection, String id) {
        connection.execute("DELETE FROM recording_pieces WHERE recording_id = ?", id);
        connection.execute("DELETE FROM recordings WHERE id = ?", id);
    }

    /** Reads a recording; absent, and never shown, if the row is not as the server wrote it. */
    private @Nullable Recording readable(ResultSet row) throws SQLException {
        try {
            return recording(row);
        } catch (BellhopException e) {
            log.error("Cannot read what is known of a recording", e);
            return null;
        }
    }

    private Recording recording(ResultSet row) throws SQLException {
        GuardedTable.RECORDINGS.check(row, cipher);
        Instant endedAt = Columns.time(row, "ended_at");
        return new Recording(
                new TerminalId(UUID.fromString(row.getString("id"))),
                new VmId(row.getLong("vmid")),
                Tenant.ofAccountId(row.getString("account_id")),
                row.getString("key_id"),
                ExecutionJson.readNames(row.getString("labels")),
                row.getBoolean("input"),
                Instant.ofEpochMilli(row.getLong("started_at")),
                row.getLong("stored_bytes"),
                endedAt == null
                        ? null
                        : new Recording.End(
                                endedAt, row.getBoolean("complete"), Objects.requireNonNull(row.getString("sha256"))));
    }
}

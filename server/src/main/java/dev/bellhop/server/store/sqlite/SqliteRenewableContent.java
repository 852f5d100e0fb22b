// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import dev.bellhop.server.encryption.RenewableContent;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.Writes;
import dev.bellhop.server.store.ExecutionBinding;
import dev.bellhop.server.store.GuardedRows;
import dev.bellhop.server.store.SealedContent;
import dev.bellhop.server.store.SealedContents;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All columns of the database that are encrypted, gone through row by row. One transaction writes a mebibyte of output at most, or
 * fifty small values, and then others have their turn.
 */
public final class SqliteRenewableContent implements RenewableContent {
    private static final Logger log = LoggerFactory.getLogger(SqliteRenewableContent.class);
    private static final Duration PAUSE = Duration.ofMillis(10);

    /** Each encrypted column is one of these: what is not would be lost with its key. A test compares them with the tables. */
    static final List<Column> COLUMNS = List.of(
            new Column(
                    "executions.sealed_command",
                    "SELECT id, sealed_command, " + ExecutionBinding.COLUMNS
                            + " FROM executions WHERE id > ? ORDER BY id LIMIT 50",
                    "UPDATE executions SET sealed_command = ? WHERE id = ? AND sealed_command = ?",
                    "",
                    row -> ExecutionBinding.of(row).command()),
            // It may be megabytes.
            new Column(
                    "executions.sealed_start_options",
                    "SELECT id, sealed_start_options, " + ExecutionBinding.COLUMNS
                            + " FROM executions WHERE id > ? AND sealed_start_options IS NOT NULL"
                            + " ORDER BY id LIMIT 1",
                    "UPDATE executions SET sealed_start_options = ? WHERE id = ? AND sealed_start_options = ?",
                    "",
                    row -> ExecutionBinding.of(row).delivery()),
            new Column(
                    "long_contents.sealed",
                    "SELECT rowid, sealed, execution_id, kind FROM long_contents WHERE rowid > ? ORDER BY rowid LIMIT 1",
                    "UPDATE long_contents SET sealed = ? WHERE rowid = ? AND sealed = ?",
                    Long.MIN_VALUE,
                    row -> SealedContents.context(row.getString(3), row.getInt(4))),
            new Column(
                    "executions.sealed_secret_env",
                    "SELECT id, sealed_secret_env, " + ExecutionBinding.COLUMNS
                            + " FROM executions WHERE id > ? AND sealed_secret_env IS NOT NULL"
                            + " ORDER BY id LIMIT 50",
                    "UPDATE executions SET sealed_secret_env = ? WHERE id = ? AND sealed_secret_env = ?",
                    "",
                    row -> ExecutionBinding.of(row).secretEnv()),
            new Column(
                    "executions.approval_mac",
                    "SELECT id, approval_mac, approved_at, approved_by, approval_digest FROM executions"
                            + " WHERE id > ? AND approval_mac IS NOT NULL AND approved_at IS NOT NULL ORDER BY id LIMIT 50",
                    "UPDATE executions SET approval_mac = ? WHERE id = ? AND approval_mac = ?",
                    "",
                    row -> ExecutionBinding.approval(
                            row.getString(1), row.getObject(3), row.getObject(4), row.getObject(5))),
            macs("keys", GuardedRows.KEYS, ""),
            macs("accounts", GuardedRows.ACCOUNTS, ""),
            macs("account_vms", GuardedRows.OWNERS, Long.MIN_VALUE),
            macs("operations", GuardedRows.JOBS, ""),
            // Of these there are few, and no place but their keys.
            new Column(
                    "masks.pattern",
                    "SELECT account_id || ' ' || name, pattern, account_id, name FROM masks"
                            + " WHERE account_id || ' ' || name > ? ORDER BY 1 LIMIT 50",
                    "UPDATE masks SET pattern = ? WHERE account_id || ' ' || name = ? AND pattern = ?",
                    "",
                    row -> SealedContent.maskContext(row.getString(3), row.getString(4))),
            new Column(
                    "saved_commands.definition",
                    "SELECT account_id || ' ' || name || ' ' || version, definition, account_id, name, version,"
                            + " created_at, key_id FROM saved_commands WHERE account_id || ' ' || name || ' ' || version > ?"
                            + " ORDER BY 1 LIMIT 20",
                    "UPDATE saved_commands SET definition = ?"
                            + " WHERE account_id || ' ' || name || ' ' || version = ? AND definition = ?",
                    "",
                    row -> SealedContent.savedCommandContext(
                            row.getString(3), row.getString(4), row.getInt(5), row.getLong(6), row.getString(7))),
            new Column(
                    "output.bytes",
                    "SELECT rowid, bytes, execution_id, stream, stream_offset FROM output WHERE rowid > ?"
                            + " ORDER BY rowid LIMIT 16",
                    "UPDATE output SET bytes = ? WHERE rowid = ? AND bytes = ?",
                    Long.MIN_VALUE,
                    row -> SealedContent.outputContext(row.getString(3), row.getInt(4), row.getLong(5))),
            new Column(
                    "idempotency_keys.request_hash",
                    "SELECT execution_id, request_hash, key_id, name FROM idempotency_keys WHERE execution_id > ?"
                            + " ORDER BY execution_id LIMIT 50",
                    "UPDATE idempotency_keys SET request_hash = ? WHERE execution_id = ? AND request_hash = ?",
                    "",
                    row -> SealedContent.requestHashContext(row.getString(3), row.getString(4), row.getString(1))));

    /** The MACs of a table's rows, which are not written anew where the row has changed since. */
    private static Column macs(String table, GuardedRows rows, Object before) {
        String id = rows.columns().getFirst();
        return new Column(
                table + ".mac",
                "SELECT " + id + ", mac, " + String.join(", ", rows.columns()) + " FROM " + table + " WHERE " + id
                        + " > ? AND mac IS NOT NULL ORDER BY " + id + " LIMIT 50",
                "UPDATE " + table + " SET mac = ? WHERE " + id + " = ? AND mac = ?",
                before,
                rows::text);
    }

    private final SqliteDatabase database;
    private final SealedContent content;

    public SqliteRenewableContent(SqliteDatabase database) {
        this.database = database;
        this.content = database.content();
    }

    /**
     * One column that is encrypted.
     *
     * @param select the place of a row, its value, and what it is bound to; of some rows after a place, in the order of these
     * @param update replaces a value, if it is still the one that was read
     * @param before a place before all others
     */
    record Column(String name, String select, String update, Object before, Context context) {}

    /** What the value of a row is bound to. */
    interface Context {
        String of(ResultSet row) throws SQLException;
    }

    @SuppressWarnings("ArrayRecordComponent") // Read, and put away.
    private record Value(Object place, byte[] sealed, String context) {
        @Override
        public String toString() {
            return "Value[]";
        }
    }

    @Override
    public int renewedBy() {
        return database.read(handle -> handle.createQuery("SELECT renewed_by FROM encryption")
                .mapTo(Integer.class)
                .one());
    }

    /** The writer does one thing after another: what it does later finds the primary key changed, and seals with that. */
    @Override
    public void begin() {
        Writes.await(database.change(
                connection -> connection.execute("UPDATE encryption SET check_value = ?", content.check())));
    }

    @Override
    public boolean renew(BooleanSupplier goesOn) throws InterruptedException {
        int unreadable = 0;
        for (Column column : COLUMNS) {
            Object place = column.before();
            List<Value> values = read(column, place);
            while (!values.isEmpty()) {
                if (!goesOn.getAsBoolean()) {
                    return false;
                }
                List<Value> old = values.stream()
                        .filter(value -> !content.isRenewed(value.sealed()))
                        .toList();
                if (!old.isEmpty()) {
                    unreadable += renew(column, old);
                    Thread.sleep(PAUSE);
                }
                place = values.getLast().place();
                values = read(column, place);
            }
        }
        if (unreadable > 0) {
            log.error("{} stored values cannot be decrypted, so the older encryption keys are kept", unreadable);
        }
        return unreadable == 0;
    }

    private List<Value> read(Column column, Object after) {
        return database.read(handle -> handle.createQuery(column.select())
                .bind(0, after)
                .map((row, context) -> new Value(
                        row.getObject(1), row.getBytes(2), column.context().of(row)))
                .list());
    }

    /** Says how many could not be. */
    private int renew(Column column, List<Value> old) {
        List<Renewed> renewed = old.stream().map(this::renewed).toList();
        Writes.await(database.change(connection -> renewed.forEach(value -> {
            if (value.sealed() != null) {
                connection.execute(
                        column.update(),
                        value.sealed(),
                        value.old().place(),
                        value.old().sealed());
            }
        })));
        return (int) renewed.stream().filter(value -> value.sealed() == null).count();
    }

    /** @param sealed absent where the old value cannot be decrypted */
    @SuppressWarnings("ArrayRecordComponent") // Made, and written.
    private record Renewed(Value old, byte @Nullable [] sealed) {}

    private Renewed renewed(Value old) {
        try {
            return new Renewed(old, content.renewed(old.sealed(), old.context()));
        } catch (BellhopException e) {
            // Its cause names the value; the context has the values of a row beside that, which are not for a log.
            log.error("Cannot encrypt a stored value with the new key", e);
            return new Renewed(old, null);
        }
    }

    @Override
    public void end() {
        Writes.await(database.change(
                connection -> connection.execute("UPDATE encryption SET renewed_by = ?", content.primary())));
    }
}

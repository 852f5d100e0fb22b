// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import dev.bellhop.server.encryption.ContentCipher;
import dev.bellhop.server.encryption.RenewableContent;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.Writes;
import dev.bellhop.server.store.Columns;
import dev.bellhop.server.store.ExecutionBinding;
import dev.bellhop.server.store.GuardedTable;
import dev.bellhop.server.store.SealContext;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
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
            ofExecution("sealed_command", 50, row -> ExecutionBinding.of(row).command()),
            // They may be megabytes.
            ofExecution(
                    "sealed_start_options", 1, row -> ExecutionBinding.of(row).startOptions()),
            ofRow(
                    "long_contents.sealed",
                    1,
                    "execution_id, kind",
                    row -> SealContext.longContent(row.getString("execution_id"), row.getInt("kind"))),
            ofExecution("sealed_secret_env", 50, row -> ExecutionBinding.of(row).secretEnv()),
            new Column(
                    "executions.approval_mac",
                    "id",
                    "",
                    50,
                    "approved_at, approved_by, approval_digest",
                    row -> SealContext.approval(
                            row.getString("id"),
                            row.getObject("approved_at"),
                            row.getObject("approved_by"),
                            row.getObject("approval_digest"))),
            macOf(GuardedTable.KEYS, ""),
            macOf(GuardedTable.ACCOUNTS, ""),
            macOf(GuardedTable.OWNERS, Long.MIN_VALUE),
            macOf(GuardedTable.OPERATIONS, ""),
            // Of these there are few, and no place but their keys.
            new Column(
                    "masks.pattern",
                    "account_id || ' ' || name",
                    "",
                    50,
                    "account_id, name",
                    row -> SealContext.mask(row.getString("account_id"), row.getString("name"))),
            new Column(
                    "saved_commands.definition",
                    "account_id || ' ' || name || ' ' || version",
                    "",
                    20,
                    "account_id, name, version, created_at, key_id",
                    row -> SealContext.savedCommand(
                            row.getString("account_id"),
                            row.getString("name"),
                            row.getInt("version"),
                            row.getLong("created_at"),
                            row.getString("key_id"))),
            ofRow(
                    "output.bytes",
                    16,
                    "execution_id, stream, stream_offset, read_at",
                    row -> SealContext.output(
                            row.getString("execution_id"),
                            row.getInt("stream"),
                            row.getLong("stream_offset"),
                            Columns.number(row, "read_at"))),
            new Column(
                    "idempotency_keys.request_hash",
                    "execution_id",
                    "",
                    50,
                    "key_id, name",
                    row -> SealContext.requestHash(
                            row.getString("key_id"), row.getString("name"), row.getString("execution_id"))));

    private static Column ofExecution(String column, int batch, Context context) {
        return new Column("executions." + column, "id", "", batch, ExecutionBinding.COLUMNS, context);
    }

    private static Column ofRow(String name, int batch, String bound, Context context) {
        return new Column(name, "rowid", Long.MIN_VALUE, batch, bound, context);
    }

    /** These are not written anew where the row has changed since. */
    private static Column macOf(GuardedTable table, Object before) {
        String columns = String.join(", ", table.columns());
        return new Column(table.name() + ".mac", table.columns().getFirst(), before, 50, columns, table::text);
    }

    private final SqliteDatabase database;
    private final ContentCipher cipher;

    public SqliteRenewableContent(SqliteDatabase database) {
        this.database = database;
        this.cipher = database.cipher();
    }

    /**
     * One column that is encrypted.
     *
     * @param name with that of its table
     * @param place an expression for where a row stands among the others
     * @param before a place before all others
     * @param batch how many values are read, and written, at once
     * @param bound the columns that its context is made of
     */
    record Column(String name, String place, Object before, int batch, String bound, Context context) {
        private String table() {
            return name.substring(0, name.indexOf('.'));
        }

        private String column() {
            return name.substring(name.indexOf('.') + 1);
        }

        /** The place of a row, its value, and what it is bound to; of those after a place, in their order. */
        String select() {
            return "SELECT " + place + ", " + column() + ", " + bound + " FROM " + table() + " WHERE " + place
                    + " > ? AND " + column() + " IS NOT NULL ORDER BY 1 LIMIT " + batch;
        }

        String update() {
            return "UPDATE " + table() + " SET " + column() + " = ? WHERE " + place + " = ? AND " + column() + " = ?";
        }
    }

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
                connection -> connection.execute("UPDATE encryption SET check_value = ?", cipher.check())));
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
                        .filter(value -> !cipher.isRenewed(value.sealed()))
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
        return database.read(handle -> handle.select(column.select(), after)
                .map((row, context) -> new Value(
                        row.getObject(1), row.getBytes(2), column.context().of(row)))
                .list());
    }

    /** Says how many could not be. */
    private int renew(Column column, List<Value> old) {
        Map<Value, byte[]> renewed = new LinkedHashMap<>();
        for (Value value : old) {
            try {
                renewed.put(value, cipher.renewed(value.sealed(), value.context()));
            } catch (BellhopException e) {
                // Its cause names the value; the context has the values of a row beside that, which are not for a log.
                log.error("Cannot encrypt a stored value with the new key", e);
            }
        }
        Writes.await(database.change(connection -> renewed.forEach(
                (value, bytes) -> connection.execute(column.update(), bytes, value.place(), value.sealed()))));
        return old.size() - renewed.size();
    }

    @Override
    public void end() {
        Writes.await(database.change(
                connection -> connection.execute("UPDATE encryption SET renewed_by = ?", cipher.primary())));
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sql;

import dev.bellhop.server.encryption.ContentCipher;
import dev.bellhop.server.encryption.RenewableContent;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.Writes;
import dev.bellhop.server.store.Columns;
import dev.bellhop.server.store.SqlDatabase;
import dev.bellhop.server.store.content.ExecutionBinding;
import dev.bellhop.server.store.content.GuardedTable;
import dev.bellhop.server.store.content.SealContext;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Encrypts all encrypted columns of the database again, row by row. One transaction writes at most a mebibyte of
 * output, or fifty small values, so that other writes get their turn.
 */
public final class SqlRenewableContent implements RenewableContent {
    private static final Logger log = LoggerFactory.getLogger(SqlRenewableContent.class);
    private static final Duration PAUSE = Duration.ofMillis(10);

    /** All encrypted columns: a missing one would be lost with its key. A test compares them with the tables. */
    private static final List<Column> COLUMNS = List.of(
            ofExecution("sealed_command", 50, row -> ExecutionBinding.of(row).command()),
            // These may be megabytes.
            ofExecution(
                    "sealed_start_options", 1, row -> ExecutionBinding.of(row).startOptions()),
            new Column(
                    "long_contents.sealed",
                    List.of("execution_id", "kind"),
                    List.of("", 0),
                    1,
                    "",
                    row -> SealContext.longContent(row.getString("execution_id"), row.getInt("kind"))),
            ofExecution("sealed_secret_env", 50, row -> ExecutionBinding.of(row).secretEnv()),
            new Column(
                    "executions.approval_mac",
                    List.of("id"),
                    List.of(""),
                    50,
                    ", approved_at, approved_by, approval_digest",
                    row -> SealContext.approval(
                            row.getString("id"),
                            row.getObject("approved_at"),
                            row.getObject("approved_by"),
                            row.getObject("approval_digest"))),
            macOf(GuardedTable.KEYS, ""),
            macOf(GuardedTable.ACCOUNTS, ""),
            macOf(GuardedTable.OWNERS, Long.MIN_VALUE),
            macOf(GuardedTable.OPERATIONS, ""),
            macOf(GuardedTable.RECORDINGS, ""),
            macOf(GuardedTable.SSH_KEYS, ""),
            new Column(
                    "recording_pieces.sealed",
                    List.of("recording_id", "piece_offset"),
                    List.of("", -1L),
                    4,
                    "",
                    row -> SealContext.recording(row.getString("recording_id"), row.getLong("piece_offset"))),
            new Column(
                    "masks.pattern",
                    List.of("account_id", "name"),
                    List.of("", ""),
                    50,
                    "",
                    row -> SealContext.mask(row.getString("account_id"), row.getString("name"))),
            new Column(
                    "saved_commands.definition",
                    List.of("account_id", "name", "version"),
                    List.of("", "", 0),
                    20,
                    ", created_at, key_id",
                    row -> SealContext.savedCommand(
                            row.getString("account_id"),
                            row.getString("name"),
                            row.getInt("version"),
                            row.getLong("created_at"),
                            row.getString("key_id"))),
            new Column(
                    "output.bytes",
                    List.of("execution_id", "stream", "stream_offset"),
                    List.of("", 0, 0L),
                    16,
                    ", read_at",
                    row -> SealContext.output(
                            row.getString("execution_id"),
                            row.getInt("stream"),
                            row.getLong("stream_offset"),
                            Columns.number(row, "read_at"))),
            new Column(
                    "idempotency_keys.request_hash",
                    List.of("key_id", "name"),
                    List.of("", ""),
                    50,
                    ", execution_id",
                    row -> SealContext.requestHash(
                            row.getString("key_id"), row.getString("name"), row.getString("execution_id"))));

    private static Column ofExecution(String column, int batch, Context context) {
        return new Column(
                "executions." + column, List.of("id"), List.of(""), batch, ", " + ExecutionBinding.COLUMNS, context);
    }

    /** A MAC whose row has changed in the meantime is not renewed. */
    private static Column macOf(GuardedTable table, Object before) {
        String columns = String.join(", ", table.columns());
        return new Column(
                table.name() + ".mac",
                List.of(table.columns().getFirst()),
                List.of(before),
                50,
                ", " + columns,
                table::text);
    }

    /** Returns the encrypted columns with their tables: {@code table.column}. */
    public static List<String> columns() {
        return COLUMNS.stream().map(Column::name).toList();
    }

    private final SqlDatabase database;
    private final ContentCipher cipher;

    public SqlRenewableContent(SqlDatabase database) {
        this.database = database;
        this.cipher = database.cipher();
    }

    /**
     * An encrypted column.
     *
     * @param name with its table
     * @param key the columns of an index that identify a row and define the order
     * @param before a key that precedes all others
     * @param batch how many values are read and written together
     * @param bound more columns for the context, each after a comma
     */
    private record Column(
            String name, List<String> key, List<? extends Object> before, int batch, String bound, Context context) {
        private String table() {
            return name.substring(0, name.indexOf('.'));
        }

        private String column() {
            return name.substring(name.indexOf('.') + 1);
        }

        /** Selects the keys, values and contexts of the rows after a key, in order. */
        private String select() {
            String keys = String.join(", ", key);
            return "SELECT " + keys + ", " + column() + bound + " FROM " + table() + " WHERE (" + keys + ") > ("
                    + String.join(", ", Collections.nCopies(key.size(), "?")) + ") AND " + column()
                    + " IS NOT NULL ORDER BY " + keys + " LIMIT " + batch;
        }

        private String update() {
            return "UPDATE " + table() + " SET " + column() + " = ? WHERE " + String.join(" = ? AND ", key)
                    + " = ? AND " + column() + " = ?";
        }

        private Value read(ResultSet row) throws SQLException {
            List<Object> place = new ArrayList<>();
            for (int i = 1; i <= key.size(); i++) {
                place.add(row.getObject(i));
            }
            return new Value(place, row.getBytes(key.size() + 1), context.of(row));
        }
    }

    private interface Context {
        String of(ResultSet row) throws SQLException;
    }

    @SuppressWarnings("ArrayRecordComponent") // Read, and put away.
    private record Value(List<? extends Object> key, byte[] sealed, String context) {
        @Override
        public String toString() {
            return "Value[]";
        }
    }

    @Override
    public int renewedBy() {
        return database.read(
                connection -> connection.queryOne("SELECT renewed_by FROM encryption", row -> row.getInt(1)));
    }

    /**
     * Stores the check value of the new primary key. The writer runs writes in order, so all later ones use this key.
     */
    @Override
    public void begin() {
        Writes.await(database.change(
                connection -> connection.execute("UPDATE encryption SET check_value = ?", cipher.check())));
    }

    @Override
    public boolean renew(BooleanSupplier goesOn) throws InterruptedException {
        int unreadable = 0;
        for (Column column : COLUMNS) {
            List<Value> values = read(column, column.before());
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
                values = read(column, values.getLast().key());
            }
        }
        if (unreadable > 0) {
            log.error("{} stored values cannot be decrypted, so the older encryption keys are kept", unreadable);
        }
        return unreadable == 0;
    }

    private List<Value> read(Column column, List<? extends Object> after) {
        return database.read(connection -> connection.query(column.select(), column::read, after.toArray()));
    }

    /** Renews values. Returns how many could not be decrypted. */
    private int renew(Column column, List<Value> old) {
        Map<Value, byte[]> renewed = new LinkedHashMap<>();
        for (Value value : old) {
            try {
                renewed.put(value, cipher.renewed(value.sealed(), value.context()));
            } catch (BellhopException e) {
                // The exception's cause names the value. The context also has other values of the row, which do not
                // belong in a log.
                log.error("Cannot encrypt a stored value with the new key", e);
            }
        }
        Writes.await(database.change(connection -> renewed.forEach((value, bytes) -> {
            List<Object> values = new ArrayList<>(value.key());
            values.addFirst(bytes);
            values.add(value.sealed());
            connection.execute(column.update(), values.toArray());
        })));
        return old.size() - renewed.size();
    }

    @Override
    public void end() {
        Writes.await(database.change(
                connection -> connection.execute("UPDATE encryption SET renewed_by = ?", cipher.primary())));
    }
}

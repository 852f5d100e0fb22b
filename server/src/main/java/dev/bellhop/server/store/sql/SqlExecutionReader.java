// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sql;

import dev.bellhop.server.encryption.ContentCipher;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionFilter;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionReader;
import dev.bellhop.server.execution.OutputChunk;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.execution.ReadTime;
import dev.bellhop.server.store.Columns;
import dev.bellhop.server.store.Dialect;
import dev.bellhop.server.store.ExecutionRow;
import dev.bellhop.server.store.SealContext;
import dev.bellhop.server.store.SqlDatabase;
import dev.bellhop.server.tenant.TenantFilter;
import dev.bellhop.server.vm.VmId;
import java.io.ByteArrayOutputStream;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;

final class SqlExecutionReader implements ExecutionReader {
    private static final String SELECT = "SELECT * FROM executions ";

    /** Chunks from the one that holds the first byte wanted. */
    private static final String SELECT_CHUNKS = """
            SELECT stream_offset, bytes, read_at FROM output
            WHERE execution_id = :id AND stream = :stream AND stream_offset < :to AND stream_offset >= coalesce(
                (SELECT max(stream_offset) FROM output
                 WHERE execution_id = :id AND stream = :stream AND stream_offset <= :from), 0)
            ORDER BY stream_offset
            """;

    private static final String SELECT_READ_TIMES = """
            SELECT stream_offset, read_at FROM output
            WHERE execution_id = :id AND stream = :stream AND stream_offset >= coalesce(
                (SELECT max(stream_offset) FROM output
                 WHERE execution_id = :id AND stream = :stream AND stream_offset <= :from), 0)
            ORDER BY stream_offset LIMIT :limit
            """;

    private final SqlDatabase database;
    private final ContentCipher cipher;
    private final ExecutionRow rows;

    SqlExecutionReader(SqlDatabase database) {
        this.database = database;
        this.cipher = database.cipher();
        this.rows = new ExecutionRow(cipher);
    }

    @Override
    public Optional<Execution> find(ExecutionId id) {
        return database.read(handle -> handle.select(SELECT + "WHERE id = ?", id.toString())
                .map(rows::read)
                .findOne());
    }

    @Override
    public Optional<Execution> find(ExecutionId id, TenantFilter tenants) {
        String account = tenants.accountId();
        return account == null
                ? find(id)
                : database.read(
                        handle -> handle.select(SELECT + "WHERE id = ? AND account_id = ?", id.toString(), account)
                                .map(rows::read)
                                .findOne());
    }

    @Override
    public OptionalLong revision(ExecutionId id) {
        return database.read(handle -> handle.select("SELECT revision FROM executions WHERE id = ?", id.toString())
                        .mapTo(Long.class)
                        .findOne())
                .map(OptionalLong::of)
                .orElse(OptionalLong.empty());
    }

    @Override
    public Optional<ExecutionId> newestId() {
        return database.read(handle -> handle.createQuery("SELECT max(id) FROM executions")
                .mapTo(String.class)
                .findOne()
                .flatMap(ExecutionId::parse));
    }

    @Override
    public Optional<Execution> findNewest(VmId vm, long pid, TenantFilter tenants) {
        String account = tenants.accountId();
        String whose = account == null ? "" : " AND account_id = :account";
        return database.read(handle -> {
            Query select = handle.createQuery(
                            SELECT + "WHERE vmid = :vm AND pid = :pid" + whose + " ORDER BY id DESC LIMIT 1")
                    .bind("vm", vm.value())
                    .bind("pid", pid);
            return (account == null ? select : select.bind("account", account))
                    .map(rows::read)
                    .findOne();
        });
    }

    /** Of all in the VM, many of which may never have got a pid, so many are looked at. */
    static String recent(Dialect dialect, boolean ofAccount) {
        String scan = ofAccount
                ? dialect.by("executions", "executions_of_account_in_vm")
                        + " WHERE account_id = :account AND vmid = :vm"
                : dialect.by("executions", "executions_in_vm") + " WHERE vmid = :vm";
        return dialect.rowsOf("SELECT id FROM " + scan + " ORDER BY id DESC LIMIT 10000", " WHERE pid IS NOT NULL")
                + " LIMIT :limit";
    }

    @Override
    public List<Execution> recent(VmId vm, TenantFilter tenants, int limit) {
        String account = tenants.accountId();
        return database.readInTurn(tenants, handle -> {
            Query select = handle.createQuery(recent(database.dialect(), account != null))
                    .bind("vm", vm.value())
                    .bind("limit", limit);
            return (account == null ? select : select.bind("account", account))
                    .map(rows::readListed)
                    .list();
        });
    }

    @Override
    public Page list(ExecutionFilter filter, @Nullable ExecutionId before, int limit) {
        if (filter.vms() != null && filter.vms().isEmpty()) {
            return new Page(List.of(), null);
        }
        // One more than wanted tells whether there is another page.
        ExecutionQuery query = ExecutionQuery.of(filter, before, limit + 1, database.dialect());
        return database.readInTurn(
                filter.tenants(), handle -> handle.inTransaction(transaction -> page(transaction, query, limit)));
    }

    private Page page(Handle handle, ExecutionQuery query, int limit) {
        List<Execution> found = handle.select(query.found(), query.foundValues())
                .map(rows::readListed)
                .list();
        if (found.size() > limit) {
            List<Execution> page = found.subList(0, limit);
            return new Page(page, page.getLast().id());
        }
        ExecutionId last = handle.select(query.last(), query.lastValues())
                .mapTo(String.class)
                .findOne()
                .flatMap(ExecutionId::parse)
                .orElse(null);
        return new Page(found, last);
    }

    @Override
    public byte[] output(ExecutionId id, OutputStreamName stream, long offset, int limit) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        database.read(handle -> {
            handle.createQuery(SELECT_CHUNKS)
                    .bind("id", id.toString())
                    .bind("stream", ExecutionRow.stream(stream))
                    .bind("from", offset)
                    .bind("to", offset + limit)
                    .map((row, context) -> readChunk(id, stream, row))
                    .useStream(chunks -> chunks.forEach(chunk -> append(bytes, chunk, offset, offset + limit)));
            return bytes;
        });
        return bytes.toByteArray();
    }

    @Override
    public List<ReadTime> readTimes(ExecutionId id, OutputStreamName stream, long offset, int limit) {
        return database.read(handle -> handle.createQuery(SELECT_READ_TIMES)
                .bind("id", id.toString())
                .bind("stream", ExecutionRow.stream(stream))
                .bind("from", offset)
                .bind("limit", limit)
                .map((row, context) -> new ReadTime(row.getLong(1), Columns.time(row, "read_at")))
                .list());
    }

    private OutputChunk readChunk(ExecutionId id, OutputStreamName stream, ResultSet row) throws SQLException {
        long offset = row.getLong(1);
        String context =
                SealContext.output(id.toString(), ExecutionRow.stream(stream), offset, Columns.number(row, "read_at"));
        return new OutputChunk(stream, offset, cipher.open(row.getBytes(2), context));
    }

    private static void append(ByteArrayOutputStream bytes, OutputChunk chunk, long from, long to) {
        int length = chunk.bytes().length;
        int begin = Math.clamp(from - chunk.offset(), 0, length);
        int end = Math.clamp(to - chunk.offset(), begin, length);
        bytes.write(chunk.bytes(), begin, end - begin);
    }
}

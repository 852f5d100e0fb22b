// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sql;

import dev.bellhop.server.encryption.ContentCipher;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.OutputChunk;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.execution.ReadTime;
import dev.bellhop.server.execution.store.ExecutionFilter;
import dev.bellhop.server.execution.store.ExecutionReader;
import dev.bellhop.server.store.Columns;
import dev.bellhop.server.store.Dialect;
import dev.bellhop.server.store.SqlDatabase;
import dev.bellhop.server.store.content.ExecutionRow;
import dev.bellhop.server.store.content.SealContext;
import dev.bellhop.server.tenant.TenantFilter;
import dev.bellhop.server.vm.VmId;
import java.io.ByteArrayOutputStream;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

final class SqlExecutionReader implements ExecutionReader {
    private static final String SELECT = "SELECT * FROM executions";

    /** Selects chunks, beginning with the chunk that holds the first requested byte. */
    private static final String SELECT_CHUNKS = """
            SELECT stream_offset, bytes, read_at FROM output
            WHERE execution_id = ? AND stream = ? AND stream_offset < ? AND stream_offset >= coalesce(
                (SELECT max(stream_offset) FROM output
                 WHERE execution_id = ? AND stream = ? AND stream_offset <= ?), 0)
            ORDER BY stream_offset
            """;

    private static final String SELECT_READ_TIMES = """
            SELECT stream_offset, read_at FROM output
            WHERE execution_id = ? AND stream = ? AND stream_offset >= coalesce(
                (SELECT max(stream_offset) FROM output
                 WHERE execution_id = ? AND stream = ? AND stream_offset <= ?), 0)
            ORDER BY stream_offset LIMIT ?
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
        return find(id, TenantFilter.all());
    }

    @Override
    public Optional<Execution> find(ExecutionId id, TenantFilter tenants) {
        Where where = new Where().and("id = ?", id.toString()).andIf("account_id = ?", tenants.accountId());
        return database.read(connection -> connection.find(SELECT + where.sql(), rows::read, where.values()));
    }

    @Override
    public OptionalLong revision(ExecutionId id) {
        return database.read(connection -> connection.find(
                        "SELECT revision FROM executions WHERE id = ?", row -> row.getLong(1), id.toString()))
                .map(OptionalLong::of)
                .orElse(OptionalLong.empty());
    }

    @Override
    public Optional<ExecutionId> newestId() {
        return database.read(connection -> connection.find("SELECT max(id) FROM executions", row -> row.getString(1)))
                .flatMap(ExecutionId::parse);
    }

    @Override
    public Optional<Execution> findNewest(VmId vm, long pid, TenantFilter tenants) {
        Where where = new Where()
                .and("vmid = ?", vm.value())
                .and("pid = ?", pid)
                .andIf("account_id = ?", tenants.accountId());
        return database.read(connection ->
                connection.find(SELECT + where.sql() + " ORDER BY id DESC LIMIT 1", rows::read, where.values()));
    }

    /** Scans many executions in the VM, because many of them may never have had a pid. */
    static String recent(Dialect dialect, boolean ofAccount) {
        String scan = ofAccount
                ? dialect.by("executions", "executions_of_account_in_vm") + " WHERE account_id = ? AND vmid = ?"
                : dialect.by("executions", "executions_in_vm") + " WHERE vmid = ?";
        return dialect.rowsOf(
                        "executions",
                        "SELECT id FROM " + scan + " ORDER BY id DESC LIMIT 10000",
                        " WHERE pid IS NOT NULL")
                + " LIMIT ?";
    }

    @Override
    public List<Execution> recent(VmId vm, TenantFilter tenants, int limit) {
        String account = tenants.accountId();
        String sql = recent(database.dialect(), account != null);
        return database.readInTurn(
                tenants,
                connection -> account == null
                        ? connection.query(sql, rows::readListed, vm.value(), limit)
                        : connection.query(sql, rows::readListed, account, vm.value(), limit));
    }

    @Override
    public Page list(ExecutionFilter filter, @Nullable ExecutionId before, int limit) {
        if (filter.vms() != null && filter.vms().isEmpty()) {
            return new Page(List.of(), null);
        }
        // One more than requested, to know whether there is another page.
        ListQuery query = ExecutionQuery.of(filter, before, limit + 1, database.dialect());
        ListQuery.Part<Execution> part = database.readSnapshotInTurn(
                filter.tenants(),
                connection -> query.read(
                        connection,
                        rows::readListed,
                        execution -> execution.id().toString(),
                        limit));
        return new Page(
                part.rows(),
                Optional.ofNullable(part.last()).flatMap(ExecutionId::parse).orElse(null));
    }

    @Override
    public byte[] output(ExecutionId id, OutputStreamName stream, long offset, int limit) {
        String execution = id.toString();
        int number = ExecutionRow.stream(stream);
        long end = offset + limit;
        return database.read(connection -> {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            connection.forEach(
                    SELECT_CHUNKS,
                    row -> append(bytes, readChunk(id, stream, row), offset, end),
                    execution,
                    number,
                    end,
                    execution,
                    number,
                    offset);
            return bytes.toByteArray();
        });
    }

    @Override
    public List<ReadTime> readTimes(ExecutionId id, OutputStreamName stream, long offset, int limit) {
        String execution = id.toString();
        int number = ExecutionRow.stream(stream);
        return database.read(connection -> connection.query(
                SELECT_READ_TIMES,
                row -> new ReadTime(row.getLong(1), Columns.time(row, "read_at")),
                execution,
                number,
                execution,
                number,
                offset,
                limit));
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

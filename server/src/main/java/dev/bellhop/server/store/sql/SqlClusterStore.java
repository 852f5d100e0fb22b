// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sql;

import static dev.bellhop.server.failure.OutdatedException.Kind.NODES;

import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.cluster.api.ClusterStore;
import dev.bellhop.server.cluster.api.Holder;
import dev.bellhop.server.cluster.api.VmHold;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.store.ReadConnection;
import dev.bellhop.server.store.SqlDatabase;
import dev.bellhop.server.store.WriteConnection;
import dev.bellhop.server.store.sql.Fence.Outcome;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmName;
import dev.bellhop.server.vm.VmRanges;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The nodes of a cluster, in PostgreSQL. Each change of a hold raises the generation of "nodes", which also serializes
 * such changes. {@link Fence} describes how they exclude writes of the holders. Comparisons of times use the database's
 * clock.
 */
public final class SqlClusterStore implements ClusterStore {
    /** Makes a session or an epoch greater than all before it, even after the database was restored from a backup. */
    private static final String NOW_MILLIS = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint";

    private static final String LOCK_NODE = "SELECT revoked FROM nodes WHERE name = ? FOR UPDATE";
    private static final String LOCK_SILENT =
            "SELECT coalesce(last_beat < clock_timestamp() - ? * interval '1 millisecond', TRUE)"
                    + " FROM nodes WHERE name = ? FOR UPDATE";
    private static final String LOCK_VM = "SELECT 1 FROM node_vms WHERE vmid = ? FOR UPDATE";

    private static final String HELLO = "UPDATE nodes SET session = greatest(session + 1, " + NOW_MILLIS
            + "), instance = ?, version = ?, protocol = ?, last_beat = clock_timestamp(), vms = 0, running = 0, waiting = 0"
            + ", hello_instance = ?, hello_attempt = ?"
            + " WHERE name = ? AND NOT (coalesce(hello_instance = ?, FALSE) AND hello_attempt > ?)"
            + " RETURNING session";

    private static final String BEAT =
            "UPDATE nodes SET last_beat = clock_timestamp(), vms = ?, running = ?, waiting = ?"
                    + " WHERE name = ? AND session = ? AND NOT revoked";

    /** Also invalidates an unused token for joining. */
    private static final String REVOKE = "UPDATE nodes SET revoked = TRUE, session = session + 1, join_hash = NULL,"
            + " join_until = NULL, join_key = NULL WHERE name = ?";

    private static final String RELEASE =
            "UPDATE node_vms SET released = TRUE, since = clock_timestamp(), change = ? WHERE vmid = ?";

    private static final String LOCK_NUMBERS = "SELECT pg_advisory_xact_lock(hashtext('vm_numbers'))";

    private static final String GIVE_UP = RELEASE + " AND node = ? AND epoch = ? AND NOT released";

    /** Session 0 until the new node claims the VM. */
    private static final String MOVE = "UPDATE node_vms SET node = ?, session = 0, epoch = greatest(epoch + 1, "
            + NOW_MILLIS + "), released = FALSE, since = clock_timestamp(), change = ? WHERE vmid = ?";

    /** For a VM that a node has found and no node has held. */
    private static final String RESERVE = "INSERT INTO node_vms (vmid, node, session, epoch, released, since, change)"
            + " SELECT ?, ?, 0, " + NOW_MILLIS + ", FALSE, clock_timestamp(), ?"
            + " FROM refused_claims WHERE node = ? AND vmid = ?";

    private static final String FORGET_VMS = "WITH gone AS (DELETE FROM node_vms WHERE node = ? RETURNING released)"
            + " SELECT count(*) FROM gone WHERE NOT released";

    /** Returns the VMs whose claim was not refused recently, and records the refusal. */
    private static final String REFUSE = """
            INSERT INTO refused_claims AS known (vmid, node, refused_at)
            SELECT vmid, ?, clock_timestamp() FROM unnest(?::bigint[]) AS refused (vmid) ORDER BY vmid
            ON CONFLICT (node, vmid) DO UPDATE SET refused_at = clock_timestamp()
            RETURNING CASE WHEN xmax = 0 THEN vmid END
            """;

    private static final String FORGET_REFUSALS =
            "DELETE FROM refused_claims WHERE node = ? AND refused_at < clock_timestamp() - interval '1 day'";

    private static final String REFUSED = "SELECT node, vmid, extract(epoch FROM clock_timestamp() - refused_at) * 1000"
            + " FROM refused_claims WHERE refused_at > clock_timestamp() - interval '90 seconds' ORDER BY vmid";

    /** Per node: a hostile node must not fill the database or the audit trail. */
    private static final int MAX_REFUSED = 100;

    private static final int PAGE = 10_000;

    /** Released VMs matter only to a server that has seen them held. */
    private static final String VMS = "SELECT * FROM node_vms WHERE change > ? AND vmid > ? AND (? OR NOT released)"
            + " ORDER BY vmid LIMIT " + PAGE;

    private final SqlDatabase database;
    private final int maxVmsPerNode;

    /**
     * @param maxVmsPerNode the limit for VMs that a node holds or has released in the last week, and for the numbers
     *     that it gets in a week
     */
    public SqlClusterStore(SqlDatabase database, int maxVmsPerNode) {
        this.database = database;
        this.maxVmsPerNode = maxVmsPerNode;
    }

    @Override
    public CompletableFuture<Boolean> add(NodeId node) {
        return change(connection -> {
            database.generations().raise(NODES, connection);
            if (SqlEnrolmentStore.wasRemoved(node, connection)) {
                return new Outcome.TurnedAway<>(new BellhopException(
                        ErrorCode.FORBIDDEN,
                        "Cannot let node " + node + " join because it was removed; add it again if it is to"));
            }
            return new Outcome.Done<>(
                    connection.execute("INSERT INTO nodes (name) VALUES (?) ON CONFLICT DO NOTHING", node.value())
                            == 1);
        });
    }

    @Override
    public CompletableFuture<Void> revoke(NodeId node) {
        return changeNode(node, (connection, change) -> {
            SqlEnrolmentStore.revokeKeyOf(node, connection);
            connection.execute(REVOKE, node.value());
        });
    }

    @Override
    public CompletableFuture<Integer> remove(NodeId node, Duration silence) {
        return change(connection -> {
            database.generations().raise(NODES, connection);
            Boolean isSilent =
                    connection.queryFirst(LOCK_SILENT, row -> row.getBoolean(1), silence.toMillis(), node.value());
            if (isSilent == null) {
                return new Outcome.TurnedAway<>(unknown(node));
            }
            if (!isSilent) {
                return new Outcome.TurnedAway<>(new BellhopException(
                        ErrorCode.NODE_IN_USE,
                        "Cannot remove node " + node + " because it was there less than " + silence.toSeconds()
                                + " s ago; end it on its host or revoke it, and try again then"));
            }
            SqlEnrolmentStore.revokeKeyOf(node, connection);
            SqlEnrolmentStore.noteRemoval(node, connection);
            Integer freed = connection.queryFirst(FORGET_VMS, row -> row.getInt(1), node.value());
            connection.execute("DELETE FROM refused_claims WHERE node = ?", node.value());
            connection.execute("DELETE FROM nodes WHERE name = ?", node.value());
            return new Outcome.Done<>(Objects.requireNonNull(freed));
        });
    }

    @Override
    public CompletableFuture<Void> drain(NodeId node, boolean drained) {
        return changeNode(
                node,
                (connection, change) ->
                        connection.execute("UPDATE nodes SET drained = ? WHERE name = ?", drained, node.value()));
    }

    /** A change of a node. */
    private interface NodeChange {
        void make(WriteConnection connection, long change);
    }

    /** Changes a node while none of its writes is running; fails if there is no such node. */
    private CompletableFuture<Void> changeNode(NodeId node, NodeChange work) {
        return change(connection -> {
                    long change = database.generations().raise(NODES, connection);
                    if (connection.queryFirst(LOCK_NODE, row -> row.getBoolean(1), node.value()) == null) {
                        return new Outcome.TurnedAway<Long>(unknown(node));
                    }
                    work.make(connection, change);
                    return new Outcome.Done<>(change);
                })
                .thenAccept(change -> {});
    }

    @Override
    public CompletableFuture<Long> hello(NodeId node, UUID instance, long attempt, String version, int protocol) {
        return change(connection -> {
            database.generations().raise(NODES, connection);
            Boolean revoked = connection.queryFirst(LOCK_NODE, row -> row.getBoolean(1), node.value());
            if (revoked == null) {
                return new Outcome.TurnedAway<>(unknown(node));
            }
            if (revoked) {
                return new Outcome.TurnedAway<>(new BellhopException(
                        ErrorCode.FORBIDDEN,
                        "Cannot let node " + node + " join because it was revoked; add it again if it is to"));
            }
            String process = instance.toString();
            Long session = connection.queryFirst(
                    HELLO,
                    row -> row.getLong(1),
                    process,
                    version,
                    protocol,
                    process,
                    attempt,
                    node.value(),
                    process,
                    attempt);
            return session == null ? Outcome.fenced() : new Outcome.Done<>(session);
        });
    }

    private static BellhopException unknown(NodeId node) {
        return new BellhopException(
                ErrorCode.NOT_FOUND, "Cannot find node " + node + "; add it first, by the name that it gives itself");
    }

    @Override
    public CompletableFuture<Void> beat(NodeId node, long session, int vms, int running, int waiting) {
        return Fence.write(
                        database,
                        connection -> connection.execute(BEAT, vms, running, waiting, node.value(), session) == 1
                                ? new Outcome.Done<>(true)
                                : Outcome.fenced())
                .thenAccept(done -> {});
    }

    @Override
    public CompletableFuture<Map<UUID, VmId>> number(NodeId node, long session, List<UUID> vms) {
        return Fence.write(database, connection -> {
            if (!Fence.keeps(connection, node, session)) {
                return Outcome.fenced();
            }
            VmNumbers numbers = new VmNumbers(connection, vms);
            if (!numbers.find()) {
                connection.queryFirst(LOCK_NUMBERS, row -> row.getObject(1));
                // Again: another server may have assigned numbers before it released the lock.
                numbers.find();
                numbers.give(node, maxVmsPerNode);
            }
            return new Outcome.Done<>(numbers.numbers());
        });
    }

    @Override
    public CompletableFuture<Map<VmId, Long>> claim(NodeId node, long session, Map<VmId, @Nullable VmName> found) {
        return change(connection -> {
            if (!Fence.keeps(connection, node, session)) {
                return Outcome.fenced();
            }
            VmClaims claims = new VmClaims(connection, node, session, found, maxVmsPerNode);
            if (claims.wantsAny()) {
                claims.take(database.generations().raise(NODES, connection));
            }
            return new Outcome.Done<>(claims.held());
        });
    }

    @Override
    public CompletableFuture<Set<VmId>> refuse(NodeId node, long session, Collection<VmId> vms) {
        Long[] ids = vms.stream()
                .map(VmId::value)
                .distinct()
                .sorted()
                .limit(MAX_REFUSED)
                .toArray(Long[]::new);
        return Fence.write(database, connection -> {
            if (!Fence.keeps(connection, node, session)) {
                return Outcome.fenced();
            }
            connection.execute(FORGET_REFUSALS, node.value());
            Integer known = connection.queryFirst(
                    "SELECT count(*) FROM refused_claims WHERE node = ? AND vmid <> ALL (?)",
                    row -> row.getInt(1),
                    node.value(),
                    ids);
            int left = Math.max(0, MAX_REFUSED - Objects.requireNonNull(known));
            Set<VmId> fresh = new TreeSet<>();
            connection
                    .query(REFUSE, row -> row.getLong(1), node.value(), Arrays.copyOf(ids, Math.min(ids.length, left)))
                    .stream()
                    .filter(vm -> vm > 0)
                    .forEach(vm -> fresh.add(new VmId(vm)));
            return new Outcome.Done<>(fresh);
        });
    }

    @Override
    public CompletableFuture<Void> release(VmHold hold) {
        return change(connection -> {
                    if (isReleased(connection, hold)) {
                        return new Outcome.Done<>(hold);
                    }
                    long change = database.generations().raise(NODES, connection);
                    connection.queryFirst(
                            LOCK_VM, row -> row.getInt(1), hold.vm().value());
                    if (!Fence.keeps(connection, hold)) {
                        return Outcome.<VmHold>fenced();
                    }
                    connection.execute(RELEASE, change, hold.vm().value());
                    return new Outcome.Done<>(hold);
                })
                .thenAccept(done -> {});
    }

    /** Returns whether this hold released the VM and no node has claimed it since. */
    private static boolean isReleased(WriteConnection connection, VmHold hold) {
        return connection.queryFirst(
                        "SELECT 1 FROM node_vms WHERE vmid = ? AND node = ? AND session = ? AND epoch = ? AND released",
                        row -> row.getInt(1),
                        hold.vm().value(),
                        hold.node().value(),
                        hold.session(),
                        hold.epoch())
                != null;
    }

    @Override
    public CompletableFuture<Void> giveUp(VmId vm, Holder holder) {
        return change(connection -> {
                    long change = database.generations().raise(NODES, connection);
                    connection.queryFirst(LOCK_VM, row -> row.getInt(1), vm.value());
                    connection.execute(
                            GIVE_UP, change, vm.value(), holder.node().value(), holder.epoch());
                    return new Outcome.Done<>(change);
                })
                .thenAccept(change -> {});
    }

    @Override
    public CompletableFuture<Void> move(VmId vm, NodeId to) {
        return change(connection -> {
                    long change = database.generations().raise(NODES, connection);
                    Boolean revoked = connection.queryFirst(LOCK_NODE, row -> row.getBoolean(1), to.value());
                    if (revoked == null || revoked) {
                        return new Outcome.TurnedAway<Long>(cannotTake(to));
                    }
                    connection.queryFirst(LOCK_VM, row -> row.getInt(1), vm.value());
                    if (connection.execute(MOVE, to.value(), change, vm.value()) == 0
                            && connection.execute(RESERVE, vm.value(), to.value(), change, to.value(), vm.value())
                                    == 0) {
                        return new Outcome.TurnedAway<Long>(new BellhopException(
                                ErrorCode.NOT_FOUND,
                                "Cannot find VM " + vm + ": no node holds it, and node " + to + " has not found it"));
                    }
                    return new Outcome.Done<>(change);
                })
                .thenAccept(change -> {});
    }

    private static BellhopException cannotTake(NodeId node) {
        return new BellhopException(
                "Cannot move a VM to node " + node + " because there is no such node, or it was revoked",
                List.of(new FieldFault("/node", "The name of a node that may join", Fault.UNKNOWN_VALUE)));
    }

    /** Writes, and notifies other servers. */
    private <T> CompletableFuture<T> change(Function<WriteConnection, Outcome<T>> work) {
        return Fence.write(database, work).thenApply(done -> {
            database.generations().raised(NODES);
            return done;
        });
    }

    @Override
    public Registry read(long since) {
        return database.load(NODES, connection -> {
            // The number first: rows that are read after it may be newer, and are then read again.
            long change =
                    connection.queryOne("SELECT number FROM generations WHERE kind = 'nodes'", row -> row.getLong(1));
            List<StoredNode> nodes = connection.query(
                    "SELECT *, extract(epoch FROM clock_timestamp() - last_beat) * 1000 AS beat_age,"
                            + " extract(epoch FROM created_at) * 1000 AS created,"
                            + " extract(epoch FROM credentials_until) * 1000 AS credentials, CASE WHEN join_key IS NULL"
                            + " AND join_until > clock_timestamp() THEN extract(epoch FROM join_until) * 1000 END AS token"
                            + " FROM nodes ORDER BY name",
                    SqlClusterStore::node);
            List<StoredVm> vms = new ArrayList<>();
            long after = 0;
            for (List<StoredVm> page = page(connection, since, after);
                    !page.isEmpty();
                    page = page(connection, since, after)) {
                vms.addAll(page);
                after = page.getLast().vm().value();
            }
            List<Refusal> refused = connection.query(
                    REFUSED,
                    row -> new Refusal(
                            new NodeId(row.getString(1)), new VmId(row.getLong(2)), Duration.ofMillis(row.getLong(3))));
            return new Registry(nodes, vms, refused, change);
        });
    }

    private static List<StoredVm> page(ReadConnection connection, long since, long after) {
        return connection.query(VMS, SqlClusterStore::vm, since, after, since > 0);
    }

    private static StoredNode node(ResultSet row) throws SQLException {
        double age = row.getDouble("beat_age");
        // After a failover, the clock of the former standby may be behind.
        Duration beatAge = row.wasNull() ? null : Duration.ofMillis(Math.max(0, Math.round(age)));
        return new StoredNode(
                new NodeId(row.getString("name")),
                Instant.ofEpochMilli(row.getLong("created")),
                row.getLong("session"),
                beatAge,
                row.getString("version"),
                row.getInt("vms"),
                row.getInt("running"),
                row.getInt("waiting"),
                row.getBoolean("drained"),
                row.getBoolean("revoked"),
                instant(row, "token"),
                instant(row, "credentials"),
                Optional.ofNullable(row.getString("vm_ranges"))
                        .flatMap(VmRanges::parse)
                        .filter(ranges -> !ranges.isNone())
                        .orElse(null));
    }

    private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
        long millis = row.getLong(column);
        return row.wasNull() ? null : Instant.ofEpochMilli(millis);
    }

    private static StoredVm vm(ResultSet row) throws SQLException {
        String name = row.getString("name");
        return new StoredVm(
                new VmId(row.getLong("vmid")),
                new NodeId(row.getString("node")),
                row.getLong("epoch"),
                name == null ? null : VmName.parse(name).orElse(null),
                row.getBoolean("released"));
    }
}

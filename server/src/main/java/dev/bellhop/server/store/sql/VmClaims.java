// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sql;

import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.store.WriteConnection;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmName;
import dev.bellhop.server.vm.VmRanges;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A node's claim of VMs, in a transaction that locks its session. A thousand VMs take six statements.
 *
 * <p>A VM stays with the first node that claims it, because a stolen credential could otherwise claim each VM that is
 * switched off or that another node has just released. A node takes the VMs of others only after their release and only
 * within its ranges.
 */
final class VmClaims {
    /** A server of the previous release leaves released rows of nodes that it has removed: these VMs are new. */
    private static final String FOUND = "SELECT vmid, node, session, epoch, name, released,"
            + " released AND NOT EXISTS (SELECT FROM nodes WHERE nodes.name = node_vms.node)"
            + " FROM node_vms WHERE vmid = ANY (?)";

    /** A deleted row may have had a later epoch, if the clock of a former standby is behind. */
    private static final String LAST_EPOCH =
            "SELECT coalesce(max(node_epoch), 0) FROM executions WHERE vmid = ANY (?) AND finished_at IS NULL";

    private static final String RANGES = "SELECT name, vm_ranges FROM nodes WHERE vm_ranges <> 'none'";

    private static final String COUNT = "SELECT count(*) FROM node_vms WHERE node = ?";

    /** An epoch must not repeat, and epochs are milliseconds of the database's clock. */
    private static final String FORGET =
            "DELETE FROM node_vms WHERE node = ? AND released AND since < clock_timestamp() - interval '7 days'";

    /** Skips a VM that another node has claimed in the meantime. A repeated claim changes only the name. */
    private static final String TAKE = """
            INSERT INTO node_vms AS held (vmid, node, session, epoch, name, released, since, change)
            SELECT vmid, ?, ?, greatest((extract(epoch FROM clock_timestamp()) * 1000)::bigint, ?), name, FALSE,
                clock_timestamp(), ?
            FROM unnest(?::bigint[], ?::text[]) AS found (vmid, name) ORDER BY vmid
            ON CONFLICT (vmid) DO UPDATE SET
                node = excluded.node,
                session = excluded.session,
                epoch = CASE WHEN NOT held.released AND held.session = excluded.session THEN held.epoch
                    ELSE greatest(held.epoch + 1, excluded.epoch) END,
                since = CASE WHEN NOT held.released AND held.session = excluded.session THEN held.since
                    ELSE excluded.since END,
                name = excluded.name,
                released = FALSE,
                change = excluded.change
            WHERE held.node = excluded.node OR (held.released AND held.vmid = ANY (?))
            RETURNING vmid, epoch
            """;

    private final WriteConnection connection;
    private final NodeId node;
    private final long session;
    private final Map<VmId, @Nullable VmName> found;
    private final Map<VmId, Long> held = new HashMap<>();
    private final List<VmId> wanted = new ArrayList<>();
    private final List<VmId> released = new ArrayList<>();
    private final Map<String, VmRanges> ranges = new HashMap<>();
    private int added;
    private int left;

    /** @param most the limit for VMs that a node holds or has released */
    VmClaims(WriteConnection connection, NodeId node, long session, Map<VmId, @Nullable VmName> found, int most) {
        this.connection = connection;
        this.node = node;
        this.session = session;
        this.found = found;
        Map<VmId, Row> rows = new HashMap<>();
        Long[] ids = found.keySet().stream().map(VmId::value).toArray(Long[]::new);
        connection.query(FOUND, Row::read, (Object) ids).forEach(row -> rows.put(new VmId(row.vm), row));
        readRanges();
        left = most - count();
        if (left < found.size() && connection.execute(FORGET, node.value()) > 0) {
            left = most - count();
        }
        found.keySet().stream().sorted().forEach(vm -> look(vm, rows.get(vm)));
    }

    private record Row(
            long vm,
            String node,
            long session,
            long epoch,
            @Nullable String name,
            boolean released,
            boolean orphaned) {
        static Row read(ResultSet row) throws SQLException {
            return new Row(
                    row.getLong(1),
                    row.getString(2),
                    row.getLong(3),
                    row.getLong(4),
                    row.getString(5),
                    row.getBoolean(6),
                    row.getBoolean(7));
        }
    }

    private int count() {
        Integer count = connection.queryFirst(COUNT, row -> row.getInt(1), node.value());
        return Objects.requireNonNull(count);
    }

    private void readRanges() {
        connection
                .query(RANGES, row -> Map.entry(row.getString(1), row.getString(2)))
                .forEach(row -> VmRanges.parse(row.getValue()).ifPresent(parsed -> ranges.put(row.getKey(), parsed)));
    }

    private void look(VmId vm, @Nullable Row row) {
        VmRanges own = ranges.get(node.value());
        if (row == null || row.orphaned) {
            if (own == null ? !isReserved(vm) : own.contains(vm)) {
                boolean isAdded = add(vm);
                if (isAdded && row != null) {
                    released.add(vm);
                }
            }
        } else if (!row.node.equals(node.value())) {
            if (row.released && own != null && own.contains(vm) && add(vm)) {
                released.add(vm);
            }
        } else {
            boolean isSame = !row.released && row.session == session && Objects.equals(row.name, name(vm));
            if (isSame) {
                held.put(vm, row.epoch);
            } else {
                wanted.add(vm);
            }
        }
    }

    private boolean add(VmId vm) {
        if (added >= left) {
            return false;
        }
        added++;
        return wanted.add(vm);
    }

    /** Returns whether a range of another node contains the VM. */
    private boolean isReserved(VmId vm) {
        return ranges.values().stream().anyMatch(other -> !other.isAll() && other.contains(vm));
    }

    private @Nullable String name(VmId vm) {
        VmName name = found.get(vm);
        return name == null ? null : name.text();
    }

    /** Returns whether the node can claim any VM that it does not hold. */
    boolean wantsAny() {
        return !wanted.isEmpty();
    }

    void take(long change) {
        Long[] ids = wanted.stream().map(VmId::value).toArray(Long[]::new);
        Long last = connection.queryFirst(LAST_EPOCH, row -> row.getLong(1), (Object) ids);
        @Nullable String[] names = wanted.stream().map(this::name).toArray(String[]::new);
        connection
                .query(
                        TAKE,
                        row -> Map.entry(new VmId(row.getLong(1)), row.getLong(2)),
                        node.value(),
                        session,
                        Objects.requireNonNull(last) + 1,
                        change,
                        ids,
                        names,
                        released.stream().map(VmId::value).toArray(Long[]::new))
                .forEach(taken -> held.put(taken.getKey(), taken.getValue()));
    }

    /** Returns the VMs that the node holds now, with their epochs. */
    Map<VmId, Long> held() {
        return Map.copyOf(held);
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sql;

import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.store.WriteConnection;
import dev.bellhop.server.vm.VmId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;

/** The vmids of VMs that hypervisors identify only by UUID. Runs in a transaction that excludes other assignments. */
final class VmNumbers {
    /** The first assigned number, above the numbers that people usually choose. */
    private static final long FIRST = 1_000_000;

    private static final String FIND = "SELECT uuid, vmid FROM vm_numbers WHERE uuid = ANY (?)";
    private static final String LAST = "SELECT max(vmid) FROM vm_numbers";
    private static final String IS_TAKEN = "SELECT 1 FROM node_vms WHERE vmid = ?";
    private static final String COUNT =
            "SELECT count(*) FROM vm_numbers WHERE node = ? AND given_at > clock_timestamp() - interval '7 days'";
    private static final String INSERT =
            "INSERT INTO vm_numbers (uuid, vmid, node, given_at) VALUES (?, ?, ?, clock_timestamp())";

    private final WriteConnection connection;
    private final List<UUID> vms;
    private final Map<UUID, VmId> numbers = new HashMap<>();

    VmNumbers(WriteConnection connection, List<UUID> vms) {
        this.connection = connection;
        this.vms = vms;
    }

    /** Reads the assigned numbers. Returns whether all VMs have one. */
    boolean find() {
        connection
                .query(FIND, row -> Map.entry(row.getObject(1, UUID.class), new VmId(row.getLong(2))), (Object)
                        vms.toArray(UUID[]::new))
                .forEach(found -> numbers.put(found.getKey(), found.getValue()));
        return numbers.keySet().containsAll(vms);
    }

    /**
     * Assigns numbers to VMs that have none.
     *
     * @param most how many numbers a node gets in a week; further VMs get none
     */
    void give(NodeId node, int most) {
        Integer given = connection.queryFirst(COUNT, row -> row.getInt(1), node.value());
        int left = most - Objects.requireNonNull(given);
        Long last = connection.queryFirst(LAST, row -> row.getLong(1));
        long next = Math.max(FIRST, (last == null ? 0 : last) + 1);
        for (UUID vm : vms) {
            if (left > 0 && !numbers.containsKey(vm)) {
                while (connection.queryFirst(IS_TAKEN, row -> row.getInt(1), next) != null) {
                    next++;
                }
                connection.execute(INSERT, vm, next, node.value());
                numbers.put(vm, new VmId(next));
                next++;
                left--;
            }
        }
    }

    Map<UUID, VmId> numbers() {
        return Map.copyOf(numbers);
    }
}

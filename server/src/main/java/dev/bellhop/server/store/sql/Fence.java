// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sql;

import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.cluster.api.VmHold;
import dev.bellhop.server.cluster.message.FencedException;
import dev.bellhop.server.store.ReadConnection;
import dev.bellhop.server.store.SqlDatabase;
import dev.bellhop.server.store.WriteConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * Allows a node's write only while the node holds the VM, according to the session and epoch in the request.
 *
 * <p>Several API servers write in separate transactions, so a check without a lock is not enough: a new session or
 * holder could be stored between the check and the commit. So a write locks the node's row and the VM's row with FOR
 * KEY SHARE in its transaction. The end of a hold locks one of the two with FOR UPDATE: the node's row for a new
 * session, the VM's row for a release or a move. These two locks exclude each other. Either the write commits first and
 * belongs to the old holder, or it waits, sees the new rows, and is refused. A claim needs no such lock: it changes
 * only rows of VMs whose hold has ended. Nor does a heartbeat, which changes no column that is checked here: writes and
 * heartbeats of a node do not wait for each other.
 */
final class Fence {
    private static final String HOLDS = "node_vms JOIN nodes ON nodes.name = node_vms.node";

    /** Joins the holder of a VM to a table with a column vmid. */
    static final String HOLD_OF_VM = "node_vms USING (vmid) JOIN nodes ON nodes.name = node_vms.node";

    /** The condition that a hold is current; its values are {@link #values}. */
    static final String IS_HELD = "node_vms.vmid = ? AND node_vms.node = ? AND node_vms.epoch = ?"
            + " AND node_vms.session = ? AND nodes.session = node_vms.session AND NOT node_vms.released AND NOT nodes.revoked";

    /** The condition that a node holds a VM in a session, for any VM. */
    static final String IS_HELD_BY = "node_vms.node = ? AND node_vms.session = ? AND nodes.session = node_vms.session"
            + " AND NOT node_vms.released AND NOT nodes.revoked";

    static final String KEEP = " FOR KEY SHARE OF node_vms, nodes";

    private static final String HELD = "SELECT 1 FROM " + HOLDS + " WHERE " + IS_HELD;
    /**
     * Returns a row if the hold is current, and keeps it so until the transaction ends; its values are {@link #values}.
     */
    static final String HELD_KEPT = HELD + KEEP;

    private static final String SESSION = "SELECT 1 FROM nodes WHERE name = ? AND session = ? AND NOT revoked";
    private static final String SESSION_KEPT = SESSION + " FOR KEY SHARE";

    private Fence() {}

    /** Returns the values of {@link #IS_HELD}, after some others. */
    static Object[] values(VmHold hold, Object... first) {
        List<Object> values = new ArrayList<>(List.of(first));
        values.add(hold.vm().value());
        values.add(hold.node().value());
        values.add(hold.epoch());
        values.add(hold.session());
        return values.toArray();
    }

    /** Returns whether the hold is current, and keeps it so until this transaction ends. */
    static boolean keeps(WriteConnection connection, VmHold hold) {
        return connection.queryFirst(HELD_KEPT, row -> row.getInt(1), values(hold)) != null;
    }

    /** Returns whether the session is current, and keeps it so until this transaction ends. */
    static boolean keeps(WriteConnection connection, NodeId node, long session) {
        return connection.queryFirst(SESSION_KEPT, row -> row.getInt(1), node.value(), session) != null;
    }

    /** Returns whether the hold is current now, for reads. */
    static boolean holds(ReadConnection connection, VmHold hold) {
        return connection.queryFirst(HELD, row -> row.getInt(1), values(hold)) != null;
    }

    /** Returns whether the session is current now, for reads. */
    static boolean holds(ReadConnection connection, NodeId node, long session) {
        return connection.queryFirst(SESSION, row -> row.getInt(1), node.value(), session) != null;
    }

    /** The outcome of a write. A refused write does not fail its transaction, which also contains other writes. */
    sealed interface Outcome<T> {
        record Done<T>(T value) implements Outcome<T> {}

        record TurnedAway<T>(Exception why) implements Outcome<T> {}

        static <T> Outcome<T> fenced() {
            return new TurnedAway<>(new FencedException());
        }
    }

    /** Queues a write. The future fails with the reason for a refusal, or with {@code STORE_UNAVAILABLE}. */
    static <T> CompletableFuture<T> write(SqlDatabase database, Function<WriteConnection, Outcome<T>> work) {
        return database.writeAndWait(work).thenCompose(outcome -> switch (outcome) {
            case Outcome.Done<T>(T value) -> CompletableFuture.completedFuture(value);
            case Outcome.TurnedAway<T>(Exception why) -> CompletableFuture.failedFuture(why);
        });
    }
}

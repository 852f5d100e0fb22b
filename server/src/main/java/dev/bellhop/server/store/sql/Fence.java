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
 * Lets a write by a node through only while the node holds the VM, by the session and the epoch that it names.
 *
 * <p>Several API servers write, each in transactions of its own, so to look is not enough: a new session or another holder could be
 * stored between the look and the commit. So a write takes FOR KEY SHARE of the node's row and of the VM's in its own transaction,
 * and whoever ends a hold takes FOR UPDATE of one of the two: the row of the node for a new session, and that of the VM for a release
 * or a move. These two locks exclude each other. Either the write commits first, and is one of the old holder's; or it waits, sees
 * the rows as they are then, and is turned away. A claim needs no such lock: it changes only rows of VMs whose hold has ended. Nor
 * does a beat, which changes no column that this looks at: writes and beats of a node do not wait for each other.
 */
final class Fence {
    private static final String HOLDS = "node_vms JOIN nodes ON nodes.name = node_vms.node";

    /** To be joined to a table with a column vmid: who holds the VM. */
    static final String HOLD_OF_VM = "node_vms USING (vmid) JOIN nodes ON nodes.name = node_vms.node";

    /** Whether a hold is one; its values are {@link #values}. */
    static final String IS_HELD = "node_vms.vmid = ? AND node_vms.node = ? AND node_vms.epoch = ?"
            + " AND node_vms.session = ? AND nodes.session = node_vms.session AND NOT node_vms.released AND NOT nodes.revoked";

    /** Whether a VM, whichever, is held by a node in a session. */
    static final String IS_HELD_BY = "node_vms.node = ? AND node_vms.session = ? AND nodes.session = node_vms.session"
            + " AND NOT node_vms.released AND NOT nodes.revoked";

    static final String KEEP = " FOR KEY SHARE OF node_vms, nodes";

    private static final String HELD = "SELECT 1 FROM " + HOLDS + " WHERE " + IS_HELD;
    /** A row where it is one, which stays so until the transaction has ended; its values are {@link #values}. */
    static final String HELD_KEPT = HELD + KEEP;

    private static final String SESSION = "SELECT 1 FROM nodes WHERE name = ? AND session = ? AND NOT revoked";
    private static final String SESSION_KEPT = SESSION + " FOR KEY SHARE";

    private Fence() {}

    /** The values of {@link #IS_HELD}, after some others. */
    static Object[] values(VmHold hold, Object... first) {
        List<Object> values = new ArrayList<>(List.of(first));
        values.add(hold.vm().value());
        values.add(hold.node().value());
        values.add(hold.epoch());
        values.add(hold.session());
        return values.toArray();
    }

    /** Whether it holds the VM, and will until this transaction has ended. */
    static boolean keeps(WriteConnection connection, VmHold hold) {
        return connection.queryFirst(HELD_KEPT, row -> row.getInt(1), values(hold)) != null;
    }

    /** Whether this is the node's session, and will be until this transaction has ended. */
    static boolean keeps(WriteConnection connection, NodeId node, long session) {
        return connection.queryFirst(SESSION_KEPT, row -> row.getInt(1), node.value(), session) != null;
    }

    /** For what is only read: whether it holds the VM now. */
    static boolean holds(ReadConnection connection, VmHold hold) {
        return connection.queryFirst(HELD, row -> row.getInt(1), values(hold)) != null;
    }

    /** Likewise whether this is the node's session now. */
    static boolean holds(ReadConnection connection, NodeId node, long session) {
        return connection.queryFirst(SESSION, row -> row.getInt(1), node.value(), session) != null;
    }

    /** What a write came to. One that is turned away is no failure of its transaction, which has other writes, too. */
    sealed interface Outcome<T> {
        record Done<T>(T value) implements Outcome<T> {}

        record TurnedAway<T>(Exception why) implements Outcome<T> {}

        static <T> Outcome<T> fenced() {
            return new TurnedAway<>(new FencedException());
        }
    }

    /** Queues a write. The future fails with why it was turned away, or with {@code STORE_UNAVAILABLE}. */
    static <T> CompletableFuture<T> write(SqlDatabase database, Function<WriteConnection, Outcome<T>> work) {
        return database.writeAndWait(work).thenCompose(outcome -> switch (outcome) {
            case Outcome.Done<T>(T value) -> CompletableFuture.completedFuture(value);
            case Outcome.TurnedAway<T>(Exception why) -> CompletableFuture.failedFuture(why);
        });
    }
}

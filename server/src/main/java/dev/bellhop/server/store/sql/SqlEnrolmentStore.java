// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sql;

import static dev.bellhop.server.failure.OutdatedException.Kind.NODES;

import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.cluster.admin.EnrolmentStore;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.store.SqlDatabase;
import dev.bellhop.server.store.WriteConnection;
import dev.bellhop.server.store.sql.Fence.Outcome;
import dev.bellhop.server.vm.VmRanges;
import java.security.MessageDigest;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Tokens and keys of nodes, in PostgreSQL. Their expiry uses the database's clock. */
public final class SqlEnrolmentStore implements EnrolmentStore {
    /** The longest lifetime of anything that is signed for a key. */
    private static final String SIGNED_LIFETIME = "interval '31 days'";

    private static final String AFTER_MILLIS = "clock_timestamp() + ? * interval '1 millisecond'";

    private static final String INVITE =
            "INSERT INTO nodes AS known (name, join_hash, join_until, vm_ranges) VALUES (?, ?, "
                    + AFTER_MILLIS + ", ?) ON CONFLICT (name) DO UPDATE SET join_hash = excluded.join_hash,"
                    + " join_until = excluded.join_until, join_key = NULL,"
                    + " vm_ranges = coalesce(excluded.vm_ranges, known.vm_ranges)"
                    + " RETURNING extract(epoch FROM join_until) * 1000";

    private static final String NODE = "SELECT revoked, public_key, join_key,"
            + " CASE WHEN join_until > clock_timestamp() THEN join_hash END FROM nodes WHERE name = ?";

    /** Excludes the node's writes. */
    private static final String LOCK = NODE + " FOR UPDATE";

    /** Allows the node's writes. */
    private static final String KEEP = NODE + " FOR NO KEY UPDATE";

    private static final String JOIN = "UPDATE nodes SET public_key = ?, join_key = ?, revoked = FALSE,"
            + " session = session + 1, credentials_until = " + AFTER_MILLIS + " WHERE name = ?";

    private static final String RENEW =
            "UPDATE nodes SET public_key = ?, credentials_until = " + AFTER_MILLIS + " WHERE name = ?";

    private static final String IS_REVOKED = "SELECT 1 FROM revoked_node_keys WHERE public_key = ?";

    private static final String IS_OF_ANOTHER = "SELECT 1 FROM nodes WHERE public_key = ? AND name <> ?";

    private static final String NOTE_REMOVAL = "INSERT INTO removed_nodes (name) VALUES (?)"
            + " ON CONFLICT (name) DO UPDATE SET removed_at = clock_timestamp()";

    private static final String WAS_REMOVED =
            "SELECT 1 FROM removed_nodes WHERE name = ? AND removed_at > clock_timestamp() - " + SIGNED_LIFETIME;

    private final SqlDatabase database;

    public SqlEnrolmentStore(SqlDatabase database) {
        this.database = database;
    }

    /** @param joinHash the hash of an unexpired token */
    @SuppressWarnings("ArrayRecordComponent") // Read once.
    private record Row(
            boolean revoked,
            @Nullable String publicKey,
            @Nullable String joinKey,
            byte @Nullable [] joinHash) {
        static Row read(ResultSet row) throws SQLException {
            return new Row(row.getBoolean(1), row.getString(2), row.getString(3), row.getBytes(4));
        }
    }

    /** Revokes the current key of a node, in the transaction that takes it from the node. */
    static void revokeKeyOf(NodeId node, WriteConnection connection) {
        connection.execute("DELETE FROM revoked_node_keys WHERE revoked_at < clock_timestamp() - " + SIGNED_LIFETIME);
        connection.execute(
                "INSERT INTO revoked_node_keys (public_key)"
                        + " SELECT public_key FROM nodes WHERE name = ? AND public_key IS NOT NULL ON CONFLICT DO NOTHING",
                node.value());
    }

    /**
     * Returns whether a node was recently removed and not added again: credentials signed for it may still be valid,
     * and must not add it.
     */
    static boolean wasRemoved(NodeId node, WriteConnection connection) {
        return connection.queryFirst(WAS_REMOVED, row -> row.getInt(1), node.value()) != null;
    }

    static void noteRemoval(NodeId node, WriteConnection connection) {
        connection.execute(NOTE_REMOVAL, node.value());
    }

    @Override
    public CompletableFuture<Instant> invite(
            NodeId node, byte[] tokenHash, Duration lifetime, @Nullable VmRanges ranges) {
        return database.writeAndWait(connection -> {
                    database.generations().raise(NODES, connection);
                    connection.execute("DELETE FROM removed_nodes WHERE name = ?", node.value());
                    Long until = connection.queryFirst(
                            INVITE,
                            row -> row.getLong(1),
                            node.value(),
                            tokenHash,
                            lifetime.toMillis(),
                            ranges == null ? null : ranges.toString());
                    return Instant.ofEpochMilli(Objects.requireNonNull(until));
                })
                .thenApply(this::told);
    }

    @Override
    public CompletableFuture<Boolean> join(NodeId node, byte[] tokenHash, String publicKey, Duration lifetime) {
        return database.writeAndWait(connection -> {
                    // First without a lock: anyone can send an invalid token.
                    Row seen = connection.queryFirst(NODE, Row::read, node.value());
                    if (seen == null || !mayJoin(seen, tokenHash, publicKey)) {
                        return false;
                    }
                    database.generations().raise(NODES, connection);
                    Row row = connection.queryFirst(LOCK, Row::read, node.value());
                    if (row == null
                            || !mayJoin(row, tokenHash, publicKey)
                            || isRevoked(publicKey, connection)
                            || isOfAnother(publicKey, node, connection)) {
                        return false;
                    }
                    if (row.joinKey == null) {
                        if (!publicKey.equals(row.publicKey)) {
                            revokeKeyOf(node, connection);
                        }
                        connection.execute(JOIN, publicKey, publicKey, lifetime.toMillis(), node.value());
                    } else {
                        connection.execute(RENEW, publicKey, lifetime.toMillis(), node.value());
                    }
                    return true;
                })
                .thenApply(joined -> joined ? told(true) : false);
    }

    private static boolean mayJoin(Row row, byte[] tokenHash, String publicKey) {
        return row.joinHash != null
                && MessageDigest.isEqual(row.joinHash, tokenHash)
                && (row.joinKey == null || row.joinKey.equals(publicKey));
    }

    /**
     * Returns whether another node has this public key. Revoking one node would otherwise cut off the other; a public
     * key is no secret.
     */
    private static boolean isOfAnother(String publicKey, NodeId node, WriteConnection connection) {
        return connection.queryFirst(IS_OF_ANOTHER, row -> row.getInt(1), publicKey, node.value()) != null;
    }

    private static boolean isRevoked(String publicKey, WriteConnection connection) {
        return connection.queryFirst(IS_REVOKED, row -> row.getInt(1), publicKey) != null;
    }

    @Override
    public CompletableFuture<Void> renew(NodeId node, String publicKey, Duration lifetime) {
        return Fence.write(database, connection -> {
                    Row row = connection.queryFirst(KEEP, Row::read, node.value());
                    if (row == null) {
                        return new Outcome.TurnedAway<Boolean>(new BellhopException(
                                ErrorCode.NOT_FOUND,
                                "Cannot renew the credentials of node " + node
                                        + " because there is no such node; add it first"));
                    }
                    if (row.revoked || isRevoked(publicKey, connection)) {
                        return new Outcome.TurnedAway<Boolean>(refused(node, "it was revoked; add it again"));
                    }
                    if (isOfAnother(publicKey, node, connection)) {
                        return new Outcome.TurnedAway<Boolean>(refused(node, "its key is another node's"));
                    }
                    if (row.publicKey != null && !row.publicKey.equals(publicKey)) {
                        return new Outcome.TurnedAway<Boolean>(refused(
                                node, "another key is this node's; have it join by a new token, or with that key"));
                    }
                    connection.execute(RENEW, publicKey, lifetime.toMillis(), node.value());
                    return new Outcome.Done<>(true);
                })
                .thenAccept(done -> {});
    }

    private static BellhopException refused(NodeId node, String why) {
        return new BellhopException(
                ErrorCode.FORBIDDEN, "Cannot renew the credentials of node " + node + " because " + why);
    }

    /** Notifies other servers of a durable change. */
    private <T> T told(T done) {
        database.generations().raised(NODES);
        return done;
    }

    @Override
    public Map<String, Instant> revokedKeys() {
        return database
                .read(connection -> connection.query(
                        "SELECT public_key, extract(epoch FROM revoked_at) * 1000 FROM revoked_node_keys"
                                + " WHERE revoked_at > clock_timestamp() - " + SIGNED_LIFETIME,
                        row -> Map.entry(row.getString(1), Instant.ofEpochMilli(row.getLong(2)))))
                .stream()
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }
}

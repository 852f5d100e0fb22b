// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.cluster.admin.EnrolmentStore;
import dev.bellhop.server.cluster.api.ClusterStore;
import dev.bellhop.server.cluster.api.ClusterStore.StoredNode;
import dev.bellhop.server.cluster.message.FencedException;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.OutdatedException.Kind;
import dev.bellhop.server.store.sql.SqlClusterStore;
import dev.bellhop.server.store.sql.SqlEnrolmentStore;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** By which tokens nodes join, and which keys are theirs. */
@Timeout(60)
@Tag("real")
@Tag("cluster")
class PostgresEnrolmentStoreTest {
    private static final NodeId A = new NodeId("a");
    private static final NodeId B = new NodeId("b");
    private static final byte[] TOKEN = {1, 2, 3};
    private static final byte[] OTHER_TOKEN = {1, 2, 4};
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Duration MONTH = Duration.ofDays(30);
    private static final String KEY = "UKEY";
    private static final String OTHER_KEY = "UOTHER";

    @RegisterExtension
    private final TempPostgres temp = new TempPostgres();

    private ClusterStore nodes;
    private EnrolmentStore store;

    @BeforeEach
    void open() {
        nodes = new SqlClusterStore(temp.clustered(), 10_000);
        store = new SqlEnrolmentStore(temp.get());
    }

    private StoredNode node(NodeId id) {
        return nodes.read(0).nodes().stream()
                .filter(node -> node.node().equals(id))
                .findAny()
                .orElseThrow();
    }

    private boolean join(NodeId node, byte[] token, String key) {
        return store.join(node, token, key, MONTH).join();
    }

    private static void fails(CompletableFuture<?> write, ErrorCode code) {
        assertThatThrownBy(write::join)
                .cause()
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    private static Instant about(Duration fromNow) {
        return Instant.now().plus(fromNow);
    }

    @Test
    void aTokenLetsOneKeyJoin() {
        Instant until = store.invite(A, TOKEN, HOUR, null).join();
        assertThat(until).isBetween(about(HOUR.minusMinutes(5)), about(HOUR.plusMinutes(5)));
        assertThat(node(A).tokenUntil()).isEqualTo(until);
        assertThat(node(A).credentialsUntil()).isNull();
        assertThat(node(A).revoked()).isFalse();

        assertThat(join(A, OTHER_TOKEN, KEY)).isFalse();
        assertThat(join(A, new byte[0], KEY)).isFalse();
        assertThat(join(B, TOKEN, KEY)).as("no such node").isFalse();
        assertThat(join(A, TOKEN, KEY)).isTrue();
        assertThat(node(A).tokenUntil()).isNull();
        assertThat(node(A).credentialsUntil()).isBetween(about(MONTH.minusMinutes(5)), about(MONTH.plusMinutes(5)));

        long session = node(A).session();
        assertThat(join(A, TOKEN, KEY)).as("its answer was lost").isTrue();
        assertThat(node(A).session()).as("and nothing ends").isEqualTo(session);
        assertThat(join(A, TOKEN, OTHER_KEY)).isFalse();
        assertThat(store.revokedKeys()).isEmpty();
    }

    @Test
    void aTokenEnds() {
        store.invite(A, TOKEN, HOUR, null).join();
        temp.execute("UPDATE nodes SET join_until = clock_timestamp() - interval '1 ms'");
        assertThat(join(A, TOKEN, KEY)).isFalse();
        assertThat(node(A).tokenUntil()).isNull();

        store.invite(A, TOKEN, HOUR, null).join();
        store.invite(A, OTHER_TOKEN, HOUR, null).join();
        assertThat(join(A, TOKEN, KEY)).as("another has taken its place").isFalse();
        assertThat(join(A, OTHER_TOKEN, KEY)).isTrue();

        store.invite(B, TOKEN, HOUR, null).join();
        nodes.revoke(B).join();
        assertThat(join(B, TOKEN, OTHER_KEY)).as("it was revoked since").isFalse();
    }

    @Test
    void whoeverJoinsPutsOutWhoWasThereBefore() {
        store.invite(A, TOKEN, HOUR, null).join();
        join(A, TOKEN, KEY);
        long session = nodes.hello(A, UUID.randomUUID(), 1, "1", 1).join();
        store.invite(A, OTHER_TOKEN, HOUR, null).join();
        nodes.beat(A, session, 1, 1, 1).join();

        assertThat(join(A, OTHER_TOKEN, OTHER_KEY)).isTrue();
        assertThatThrownBy(nodes.beat(A, session, 1, 1, 1)::join).hasCauseInstanceOf(FencedException.class);
        assertThat(store.revokedKeys()).containsOnlyKeys(KEY);
        assertThat(store.revokedKeys().get(KEY)).isBetween(about(HOUR.negated()), about(HOUR));
        fails(store.renew(A, KEY, MONTH), ErrorCode.FORBIDDEN);
        store.renew(A, OTHER_KEY, MONTH).join();

        store.invite(A, TOKEN, HOUR, null).join();
        assertThat(join(A, TOKEN, KEY)).as("a key that was given up").isFalse();
    }

    @Test
    void aRevokedNodeJoinsAgainByANewTokenAndKey() {
        store.invite(A, TOKEN, HOUR, null).join();
        join(A, TOKEN, KEY);
        nodes.revoke(A).join();
        assertThat(store.revokedKeys()).containsOnlyKeys(KEY);
        fails(store.renew(A, KEY, MONTH), ErrorCode.FORBIDDEN);
        assertThat(join(A, TOKEN, KEY)).isFalse();

        store.invite(A, OTHER_TOKEN, HOUR, null).join();
        assertThat(node(A).revoked()).as("until it joins").isTrue();
        assertThat(join(A, OTHER_TOKEN, KEY)).isFalse();
        assertThat(join(A, OTHER_TOKEN, OTHER_KEY)).isTrue();
        assertThat(node(A).revoked()).isFalse();
        nodes.hello(A, UUID.randomUUID(), 1, "1", 1).join();
        assertThat(store.revokedKeys()).containsOnlyKeys(KEY);
    }

    @Test
    void theKeyOfARemovedNodeIsRevoked() {
        store.invite(A, TOKEN, HOUR, null).join();
        join(A, TOKEN, KEY);
        nodes.remove(A, Duration.ofSeconds(10)).join();

        assertThat(store.revokedKeys()).containsOnlyKeys(KEY);
        fails(store.renew(A, KEY, MONTH), ErrorCode.NOT_FOUND);
        fails(nodes.add(A), ErrorCode.FORBIDDEN);
        store.invite(A, TOKEN, HOUR, null).join();
        assertThat(nodes.add(A).join()).as("it was invited").isFalse();
        temp.execute("UPDATE revoked_node_keys SET revoked_at = now() - interval '32 days'");
        assertThat(store.revokedKeys())
                .as("all that was signed for it has expired")
                .isEmpty();
    }

    /** Or whoever revokes the one would cut off the other. */
    @Test
    void oneKeyIsOneNodes() {
        store.invite(A, TOKEN, HOUR, null).join();
        join(A, TOKEN, KEY);
        store.invite(B, OTHER_TOKEN, HOUR, null).join();
        assertThat(join(B, OTHER_TOKEN, KEY)).isFalse();
        fails(store.renew(B, KEY, MONTH), ErrorCode.FORBIDDEN);
        assertThat(join(B, OTHER_TOKEN, OTHER_KEY)).isTrue();
    }

    /** As that of a folder which was carried to its host. */
    @Test
    void theFirstKeyThatIsRenewedIsTheNodes() {
        nodes.add(A).join();
        store.renew(A, KEY, MONTH).join();
        assertThat(node(A).credentialsUntil()).isAfter(Instant.now());
        store.renew(A, KEY, MONTH).join();

        fails(store.renew(A, OTHER_KEY, MONTH), ErrorCode.FORBIDDEN);
        fails(store.renew(B, OTHER_KEY, MONTH), ErrorCode.NOT_FOUND);
    }

    @Test
    void otherServersHearOfATokenAndWhoHasJoinedByIt() {
        List<Kind> told = new CopyOnWriteArrayList<>();
        temp.get().generations().listen(told::add);
        long before = nodes.read(0).change();
        store.invite(A, TOKEN, HOUR, null).join();
        join(A, TOKEN, KEY);

        assertThat(told).containsExactly(Kind.NODES, Kind.NODES);
        assertThat(nodes.read(0).change()).isEqualTo(before + 2);
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.api.retry.Backoff;
import dev.bellhop.server.app.SettableClock;
import dev.bellhop.server.cluster.FakeBus;
import dev.bellhop.server.cluster.FakeNetwork;
import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.cluster.Subjects;
import dev.bellhop.server.cluster.WireCodec;
import dev.bellhop.server.cluster.credentials.ClusterKeys;
import dev.bellhop.server.cluster.credentials.NatsJwt;
import dev.bellhop.server.cluster.credentials.Nkey;
import dev.bellhop.server.cluster.credentials.NkeyText;
import dev.bellhop.server.cluster.credentials.NodeFolder;
import dev.bellhop.server.cluster.credentials.UserCredentials;
import dev.bellhop.server.cluster.credentials.UserTokens;
import dev.bellhop.server.cluster.message.Answer;
import dev.bellhop.server.cluster.message.NodeRequest;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
@Tag("cluster")
class TokenRenewalTest {
    private static final NodeId NODE = new NodeId("host-1");
    private static final ClusterKeys KEYS = new ClusterKeys(
            Nkey.generate(NkeyText.Kind.OPERATOR),
            Nkey.generate(NkeyText.Kind.ACCOUNT),
            Nkey.generate(NkeyText.Kind.ACCOUNT));

    @TempDir
    private Path temp;

    private final SettableClock clock = new SettableClock(Instant.parse("2026-03-01T00:00:00Z"));
    private final FakeNetwork network = new FakeNetwork();
    private final FakeBus api = network.ofApiServer();
    private final Queue<String> asked = new ConcurrentLinkedQueue<>();
    private volatile Function<String, Answer> answer = this::renewed;
    private Path folder;
    private UserCredentials credentials;
    private TokenRenewal renewal;

    @BeforeEach
    void start() throws IOException {
        folder = temp.resolve("credentials");
        NodeFolder.create(KEYS, NODE, temp.resolve("none.pem"), folder, clock.instant());
        credentials = NodeFolder.read(folder, NODE);
        api.serve(Subjects.ALL_REQUESTS_OF_NODES, Subjects.API_SERVERS, (subject, payload) -> {
            String key = WireCodec.decode(payload, NodeRequest.Renew.class).publicKey();
            asked.add(subject + " " + key);
            return WireCodec.encode(answer.apply(key));
        });
        renewal = new TokenRenewal(
                new ApiCalls(network.of(NODE), NODE, new ApiCallMetrics(new SimpleMeterRegistry())),
                credentials,
                folder,
                clock,
                Duration.ofMillis(10),
                new Backoff(Duration.ofMillis(10), Duration.ofMillis(10), 1, 0));
        clock.advance(Duration.ofDays(1));
    }

    @AfterEach
    void close() {
        renewal.close();
    }

    private Answer renewed(String key) {
        return Answer.of(new NodeRequest.Renewed(new UserTokens(KEYS).node(NODE, key, clock.instant())));
    }

    private Instant expiry() {
        return Objects.requireNonNull(NatsJwt.expiry(credentials.jwt().get()));
    }

    @Test
    void theTokenIsRenewedAtTheStartAndAfterHalfOfItsTime() throws IOException {
        renewal.start();
        await().until(() -> expiry().equals(clock.instant().plus(UserTokens.NODE_LIFETIME)));
        assertThat(asked)
                .containsExactly("bh.1.s.host-1.renew " + credentials.key().publicKey());

        clock.advance(Duration.ofDays(14));
        await().during(Duration.ofMillis(200)).until(() -> asked.size() == 1);
        clock.advance(Duration.ofDays(2));
        await().until(() -> expiry().equals(clock.instant().plus(UserTokens.NODE_LIFETIME)));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("node.jwt"))))
                .isEqualTo("rw-------");
    }

    @Test
    void aRefusalLeavesTheTokenAsItIs() {
        Instant before = expiry();
        answer = key -> Answer.refused(new BellhopException(ErrorCode.FORBIDDEN, "Cannot renew this"));
        renewal.start();
        await().until(() -> asked.size() > 1);
        String other = Nkey.generate(NkeyText.Kind.USER).publicKey();
        answer = key -> renewed(other);
        int refused = asked.size();
        await().until(() -> asked.size() > refused + 2);
        assertThat(expiry()).as("it is none for the node's key").isEqualTo(before);

        answer = this::renewed;
        await().until(() -> expiry().isAfter(before));
    }
}

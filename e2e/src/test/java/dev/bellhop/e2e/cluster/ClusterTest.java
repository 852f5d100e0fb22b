// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.ExecutionEvent;
import dev.bellhop.api.client.ExecutionEvents;
import dev.bellhop.api.client.error.BellhopApiException;
import dev.bellhop.api.client.query.ExecutionQuery;
import dev.bellhop.api.v2.admin.CreateKey;
import dev.bellhop.api.v2.admin.CreatedKey;
import dev.bellhop.api.v2.admin.Scope;
import dev.bellhop.api.v2.execution.CreateExecution;
import dev.bellhop.api.v2.execution.ExecutionView;
import dev.bellhop.api.v2.vm.VmSummary;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A cluster of real processes: what is started at one API server is everybody's, and each command runs once. */
@Timeout(180)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("real")
@Tag("cluster")
class ClusterTest {
    private static final Duration SOON = Duration.ofSeconds(30);

    /** It takes a second, and is promised for two; a busy machine may take longer. */
    private static final Duration LEARNT = Duration.ofSeconds(10);

    private Cluster cluster;
    private BellhopClient a;
    private BellhopClient b;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        cluster = Cluster.start(folder);
        a = cluster.client(cluster.a());
        b = cluster.client(cluster.b());
    }

    @AfterAll
    void stop() {
        a.close();
        b.close();
        cluster.close();
    }

    private static ExecutionView run(BellhopClient client, int vm, String command) {
        return start(client, vm, CreateExecution.command(command), SOON);
    }

    private static ExecutionView begin(BellhopClient client, int vm, String command) {
        return start(client, vm, CreateExecution.command(command), Duration.ZERO);
    }

    /** A server on a machine that is too busy says so by 503, and means it: then the same request is sent again. */
    private static ExecutionView start(BellhopClient client, int vm, CreateExecution.Builder wanted, Duration wait) {
        String key = UUID.randomUUID().toString();
        return await().atMost(SOON)
                .ignoreExceptionsMatching(e -> e instanceof BellhopApiException api && api.status() == 503)
                .until(() -> client.executions().create(vm, wanted.build(), key, wait), Objects::nonNull);
    }

    private static String stdout(ExecutionView view) {
        return new String(Objects.requireNonNull(view.output()).stdoutBytes(), StandardCharsets.UTF_8);
    }

    /** What a follower reads, of which each piece has to begin where the one before ended. */
    private static String follow(BellhopClient client, String id) throws InterruptedException {
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        try (ExecutionEvents events = client.executions().events(id, null, SOON)) {
            for (Optional<ExecutionEvent> event = events.next(); event.isPresent(); event = events.next()) {
                if (event.get() instanceof ExecutionEvent.Output output) {
                    assertThat(output.offset()).isEqualTo(whole.size());
                    whole.writeBytes(output.bytes());
                }
            }
        }
        return whole.toString(StandardCharsets.UTF_8);
    }

    @Test
    void whatIsStartedAtOneServerIsReadAndFollowedAtTheOther() throws Exception {
        for (int vm = 1; vm <= Cluster.NODES; vm++) {
            String id = begin(a, vm, "for i in 1 2 3 4 5; do echo line $i; sleep 0.2; done; exit 3")
                    .id();
            assertThat(follow(b, id)).isEqualTo("line 1\nline 2\nline 3\nline 4\nline 5\n");
            ExecutionView end = b.executions().get(id, Duration.ZERO);
            assertThat(end.state()).isEqualTo("exited");
            assertThat(end.exitCode()).isEqualTo(3);
            assertThat(end).isEqualTo(a.executions().get(id, Duration.ZERO));
        }
    }

    @Test
    void whatIsStartedAtOneServerIsCancelledAtTheOther() throws Exception {
        String id = begin(a, 1, "echo begun; sleep 600").id();
        b.executions().cancel(id, 1);
        assertThat(a.executions().get(id, SOON).state()).isEqualTo("cancelled");
    }

    @Test
    void whatIsStartedAtOneServerTakesStdinAtTheOther() throws Exception {
        String id = start(a, 2, CreateExecution.command("cat").stdinFollows(), Duration.ZERO)
                .id();
        long next = b.executions().writeStdin(id, 0, "from b\n".getBytes(StandardCharsets.UTF_8), false);
        next = a.executions().writeStdin(id, next, "from a\n".getBytes(StandardCharsets.UTF_8), false);
        b.executions().writeStdin(id, next, new byte[0], true);
        assertThat(stdout(b.executions().get(id, SOON))).isEqualTo("from b\nfrom a\n");
    }

    @Test
    void theListsOfBothServersAreTheSame() throws Exception {
        run(a, 1, "true");
        run(b, 3, "true");
        ExecutionQuery ended = new ExecutionQuery(null, List.of("exited"), Map.of(), null, null);
        assertThat(a.executions().list(ended, 100, null).items())
                .hasSizeGreaterThanOrEqualTo(2)
                .isEqualTo(b.executions().list(ended, 100, null).items());
        assertThat(a.vms().list(null, null).items().stream()
                        .map(VmSummary::vmid)
                        .toList())
                .containsExactly(1L, 2L, 3L)
                .isEqualTo(b.vms().list(null, null).items().stream()
                        .map(VmSummary::vmid)
                        .toList());
    }

    @Test
    void aRequestRepeatedAtTheOtherServerAfterAKillIsTheSameExecution() throws Exception {
        Path lines = cluster.file("repeated");
        String key = UUID.randomUUID().toString();
        CreateExecution wanted = CreateExecution.command("echo x >> " + lines + "; sleep 2; echo done")
                .build();
        CompletableFuture<ExecutionView> lost =
                Cluster.async(() -> a.executions().create(1, wanted, key, SOON));
        await().atMost(SOON).until(() -> Files.exists(lines));
        cluster.a().kill();
        assertThat(lost).failsWithin(SOON);
        try {
            ExecutionView end = b.executions().create(1, wanted, key, SOON);
            assertThat(end.state()).isEqualTo("exited");
            assertThat(stdout(end)).isEqualTo("done\n");
            assertThat(Files.readAllLines(lines)).containsExactly("x");
        } finally {
            cluster.a().startAgain();
            awaitReached(a, 1);
        }
    }

    /** A server that was started again reaches a node a moment later. */
    private static void awaitReached(BellhopClient client, int vm) {
        await().atMost(SOON)
                .ignoreExceptionsInstanceOf(BellhopApiException.class)
                .untilAsserted(
                        () -> assertThat(run(client, vm, "true").exitCode()).isZero());
    }

    /** As with a live migration: its socket is on another host, and the guest goes on. */
    @Test
    void aVmThatMovesTakesItsCommandsWithIt() throws Exception {
        String counted = "for i in $(seq 1 200); do echo line $i; sleep 0.05; done";
        String id = begin(a, 3, counted).id();
        String fed = start(a, 3, CreateExecution.command("cat").stdinFollows(), Duration.ZERO)
                .id();
        long next = a.executions().writeStdin(fed, 0, "before\n".getBytes(StandardCharsets.UTF_8), false);
        CompletableFuture<String> followed = Cluster.async(() -> follow(b, id));
        await().atMost(SOON)
                .until(() -> Objects.requireNonNullElse(
                                a.executions().get(id, Duration.ZERO).stdoutBytes(), 0L)
                        > 0);
        cluster.move(3, 3, 2);
        try {
            next = await().atMost(SOON)
                    .ignoreException(BellhopApiException.class)
                    .until(writer(b, fed, next, "after\n"), written -> written > 0);
            // That may have been the node before, which lets go only now.
            long end = next;
            await().atMost(SOON)
                    .ignoreException(BellhopApiException.class)
                    .until(() -> b.executions().writeStdin(fed, end, new byte[0], true) == end);
            assertThat(stdout(b.executions().get(fed, SOON))).isEqualTo("before\nafter\n");
            assertThat(followed.get(60, TimeUnit.SECONDS))
                    .isEqualTo(IntStream.rangeClosed(1, 200)
                            .mapToObj(line -> "line " + line + "\n")
                            .collect(Collectors.joining()));
            assertThat(a.executions().get(id, SOON).state()).isEqualTo("exited");
            assertThat(stdout(run(a, 3, "echo at home"))).isEqualTo("at home\n");
        } finally {
            cluster.move(3, 2, 3);
            await().atMost(SOON)
                    .ignoreException(BellhopApiException.class)
                    .until(() -> run(a, 3, "true").state().equals("exited"));
        }
    }

    /** Writes at an offset, which may be repeated. */
    private static Callable<Long> writer(BellhopClient client, String id, long offset, String text) {
        return () -> client.executions().writeStdin(id, offset, text.getBytes(StandardCharsets.UTF_8), false);
    }

    @Test
    void aKeyRevokedAtOneServerIsRefusedAtTheOther() throws Exception {
        CreatedKey key = a.keys()
                .create(CreateKey.named("short-lived").scopes(Scope.READ_VM).build());
        try (BellhopClient other =
                new BellhopClient(cluster.b().url(), key.key(), Duration.ofSeconds(5), Duration.ofSeconds(20))) {
            await().atMost(LEARNT)
                    .ignoreException(BellhopApiException.class)
                    .until(() -> other.executions().list(ExecutionQuery.ALL, 1, null) != null);
            a.keys().revoke(key.id());
            await().atMost(LEARNT).until(() -> {
                BellhopApiException refused = catchThrowableOfType(
                        BellhopApiException.class, () -> other.executions().list(ExecutionQuery.ALL, 1, null));
                return refused != null && refused.status() == 401;
            });
        }
    }

    @Test
    void aNodeThatLosesItsDataLosesNoResult() throws Exception {
        ClusterLoad load = ClusterLoad.begin(cluster, "lost-data", List.of(a, b));
        load.awaitMore(12, ClusterLoad.Attempt::isStarted, SOON);
        await().atMost(SOON).until(() -> load.ask(a, 3, 5).isStarted());
        load.end();
        load.assertTrueEnds();
        cluster.node(3).kill();
        delete(cluster.data(3));
        load.assertTrueEnds();
        cluster.node(3).startAgain();
        cluster.node(3).awaitJoined();
        await().atMost(SOON).until(() -> load.ask(b, 3, 1).isStarted());
        load.assertTrueEnds();
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}

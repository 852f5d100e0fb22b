// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.cluster;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.api.audit.AuditRecord;
import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.error.BellhopApiException;
import dev.bellhop.api.client.error.BellhopTransportException;
import dev.bellhop.api.client.query.AuditQuery;
import dev.bellhop.api.client.query.ExecutionQuery;
import dev.bellhop.api.v2.execution.CreateExecution;
import dev.bellhop.api.v2.execution.ExecutionView;
import dev.bellhop.e2e.storm.StormCommand;
import dev.bellhop.e2e.support.PersistentClient;
import dev.bellhop.testkit.PostgresServer;
import dev.bellhop.testkit.Profile;
import dev.bellhop.testkit.Seed;
import dev.bellhop.testkit.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * Many commands over both API servers of a cluster whose clocks differ. During that time, nodes and servers are killed, frozen, replaced and cut off
 * in one direction or both, the standby of the database gets nothing, and in the end the primary is lost. Clients send a request again, to either
 * server, until they have its answer. Each execution that has run has run once and has its own result, and each rejected one has not run.
 */
@Timeout(2_700)
@Tag("real")
@Tag("storm")
@Tag("cluster")
class ClusterStormTest {
    private static final Duration DEADLINE = Duration.ofMinutes(40);
    private static final int AT_A_TIME = 12;

    /** A fault lasts so long at most. From 10 seconds on, leases end. */
    private static final int MAX_MILLIS = Profile.size(6_000, 25_000);

    /** How soon a spared server starts a command in a spared node, on a machine that has nothing else to do. */
    private static final Duration SERVES = Duration.ofSeconds(5);

    /** The machines that run tests may take so many times as long. */
    private static final int BUSY = 4;

    @TempDir
    private Path folder;

    @RegisterExtension
    private final Seed seed = Seed.draw();

    private final Size size = new Size(Profile.size(60, 2_000), Profile.size(3, 45));
    private final Random random = seed.random();
    private final List<ClusterFault.Kind> dealt = new ArrayList<>();
    private @Nullable ClusterFault before;
    private final AtomicInteger ended = new AtomicInteger();
    private final AtomicInteger numbers = new AtomicInteger();

    /**
     * How large a storm is.
     *
     * @param faults before the loss of the primary
     */
    private record Size(int commands, int faults) {}

    /** What a command is to do, but for its number, which each execution of it has of its own. */
    private record Draft(int vmid, StormCommand.Kind kind, int millis, boolean patient) {}

    /** One execution, and how it ended. */
    private record Result(StormCommand command, ExecutionView end) {
        boolean isRejected() {
            return end.state().equals("rejected");
        }
    }

    @Test
    void eachExecutionRunsOnceOrIsRejected() throws Exception {
        say(size.toString());
        PostgresServer primary = PostgresServer.start();
        try (PostgresServer standby = primary.startStandby();
                Cluster cluster = Cluster.startWithStandby(folder, primary, standby, Cluster.Clocks.DIFFERENT);
                BellhopClient a = cluster.client(cluster.a());
                BellhopClient b = cluster.client(cluster.b())) {
            assertClocksDiffer(a, b);
            Instant begin = Instant.now();
            List<Result> results = runAll(cluster, standby, new PersistentClient(List.of(a, b), begin.plus(DEADLINE)));
            say("%d executions have ended after %d s, of which %d were rejected"
                    .formatted(
                            results.size(),
                            Duration.between(begin, Instant.now()).toSeconds(),
                            results.stream().filter(Result::isRejected).count()));
            for (BellhopClient server : List.of(a, b)) {
                for (Result one : results) {
                    if (!one.isRejected()) {
                        one.command.assertTrueEnd(server.executions().get(one.end.id(), Duration.ZERO), server);
                    }
                }
                await().atMost(Duration.ofMinutes(1)).until(() -> count("pending,running", server) == 0);
                assertThat(count("lost", server)).isZero();
            }
            assertEachRanAsItsStateSays(results);
            assertBothListTheSame(a, b);
            assertAudited(results, a);
            assertThat(cluster.bellhop(
                            "audit",
                            "verify",
                            "--config",
                            cluster.configuration().toString()))
                    .startsWith("The audit trail is intact: ");
        }
    }

    /** Runs all commands; faults strike at even steps of their progress. */
    private List<Result> runAll(Cluster cluster, PostgresServer standby, PersistentClient client) throws Exception {
        List<Draft> drafts =
                IntStream.range(0, size.commands).mapToObj(_ -> draw()).toList();
        AtomicInteger next = new AtomicInteger();
        Callable<List<Result>> worker = () -> {
            List<Result> mine = new ArrayList<>();
            for (int i = next.getAndIncrement(); i < drafts.size(); i = next.getAndIncrement()) {
                mine.addAll(run(drafts.get(i), client));
                ended.incrementAndGet();
            }
            return mine;
        };
        try (var workers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<List<Result>>> all = IntStream.range(0, AT_A_TIME)
                    .mapToObj(_ -> workers.submit(worker))
                    .toList();
            for (int fault = 0; fault <= size.faults; fault++) {
                int progress = (fault + 1) * size.commands / (size.faults + 3);
                await().atMost(DEADLINE)
                        .pollInterval(Duration.ofMillis(5))
                        .until(() -> ended.get() >= progress || all.stream().anyMatch(Future::isDone));
                if (fault < size.faults) {
                    strike(cluster);
                } else {
                    cluster.postgres().kill();
                    standby.promote();
                    say("%d have ended. The primary is lost; served again after %d ms"
                            .formatted(ended.get(), untilServed(cluster.a(), 1, cluster)));
                }
            }
            List<Result> results = new ArrayList<>();
            for (Future<List<Result>> one : all) {
                results.addAll(one.get());
            }
            return results;
        }
    }

    private Draft draw() {
        StormCommand.Kind kind = switch (random.nextInt(10)) {
            case 0 -> StormCommand.Kind.TIMES_OUT;
            case 1 -> StormCommand.Kind.WRITES_MUCH;
            case 2, 3 -> StormCommand.Kind.READS_STDIN;
            default -> StormCommand.Kind.PLAIN;
        };
        int vmid = 1 + random.nextInt(Cluster.NODES);
        int millis = random.nextInt(10) < 6 ? 0 : random.nextInt(3_000);
        return new Draft(vmid, kind, millis, random.nextBoolean());
    }

    /** Until it has run. What is rejected is asked for again as another execution. */
    private List<Result> run(Draft draft, PersistentClient client) throws Exception {
        List<Result> results = new ArrayList<>();
        do {
            StormCommand command = new StormCommand(
                    numbers.incrementAndGet(),
                    draft.vmid,
                    folder.resolve("counted-" + draft.vmid),
                    draft.kind,
                    draft.millis,
                    draft.patient);
            results.add(new Result(command, client.runOrBeRejected(draft.vmid, command.wanted())));
        } while (results.getLast().isRejected());
        return results;
    }

    private void strike(Cluster cluster) throws Exception {
        ClusterFault fault = deal().begin(cluster, random);
        Instant begin = Instant.now();
        long millis = 500 + random.nextInt(MAX_MILLIS);
        try {
            String served = "";
            if (!fault.servers().isEmpty()) {
                ServerProcess server = spared(fault, ClusterFault::servers);
                int node = spared(fault, ClusterFault::nodes);
                boolean isHealthy = before == null
                        || before.servers().contains(server) && before.nodes().contains(node);
                served = "; the others serve after %d ms%s"
                        .formatted(
                                untilServed(server, node, cluster),
                                isHealthy ? "" : ", after the fault before hit them");
            }
            before = fault;
            say("%d have ended. %s for %d ms%s".formatted(ended.get(), fault.what(), millis, served));
            Thread.sleep(
                    Math.max(0, millis - Duration.between(begin, Instant.now()).toMillis())); // Its length.
        } finally {
            fault.end().run();
        }
    }

    /** Prefers servers and nodes that the fault before spared: the others may still be coming back. */
    private <T> T spared(ClusterFault fault, Function<ClusterFault, List<T>> kind) {
        List<T> all = kind.apply(fault);
        return all.stream()
                .filter(one -> before == null || kind.apply(before).contains(one))
                .findFirst()
                .orElse(all.getFirst());
    }

    /** Each kind comes as often as the others. */
    private ClusterFault.Kind deal() {
        if (dealt.isEmpty()) {
            dealt.addAll(List.of(ClusterFault.Kind.values()));
            Collections.shuffle(dealt, random);
        }
        return dealt.removeLast();
    }

    /** Returns how many milliseconds pass until a server starts a command in a VM. */
    private static long untilServed(ServerProcess server, int vmid, Cluster cluster) throws Exception {
        Instant begin = Instant.now();
        try (BellhopClient client = cluster.client(server)) {
            await().atMost(SERVES.multipliedBy(BUSY))
                    .pollInterval(Duration.ofMillis(50))
                    .ignoreExceptionsMatching(
                            e -> e instanceof BellhopApiException || e instanceof BellhopTransportException)
                    .until(() -> {
                        client.executions()
                                .create(vmid, CreateExecution.command("true").build(), null, Duration.ZERO);
                        return true;
                    });
        }
        return Duration.between(begin, Instant.now()).toMillis();
    }

    private static void assertClocksDiffer(BellhopClient a, BellhopClient b) throws Exception {
        List<Instant> times = new ArrayList<>();
        for (BellhopClient server : List.of(a, b)) {
            // A server that has just started may not have heard of the node yet.
            times.add(new PersistentClient(List.of(server), Instant.now().plus(SERVES.multipliedBy(BUSY)))
                    .run(1, CreateExecution.command("true").build())
                    .createdAt());
        }
        assertThat(Duration.between(times.getLast(), times.getFirst())).isGreaterThan(Duration.ofSeconds(20));
    }

    /** Each execution has one end in the audit trail, with the state that its client saw. */
    private static void assertAudited(List<Result> results, BellhopClient server) throws Exception {
        Map<String, List<String>> ends = new HashMap<>();
        for (AuditRecord record : server.audit()
                .all(AuditQuery.builder().action(AuditRecord.EXECUTION_END).build())) {
            ends.computeIfAbsent(String.valueOf(record.executionId()), _ -> new ArrayList<>())
                    .add(String.valueOf(record.state()));
        }
        assertThat(results)
                .allSatisfy(one ->
                        assertThat(ends.get(one.end.id())).as(one.end.id()).containsExactly(one.end.state()));
    }

    private void assertEachRanAsItsStateSays(List<Result> results) throws IOException {
        Map<String, Long> lines = new HashMap<>();
        for (int vmid = 1; vmid <= Cluster.NODES; vmid++) {
            lines.putAll(Files.readAllLines(folder.resolve("counted-" + vmid)).stream()
                    .collect(groupingBy(tag -> tag, counting())));
        }
        assertThat(lines)
                .containsOnlyKeys(results.stream()
                        .filter(one -> !one.isRejected())
                        .map(one -> one.command.tag())
                        .toList())
                .allSatisfy((tag, count) -> assertThat(count).as(tag).isOne());
    }

    private static int count(String states, BellhopClient client) throws InterruptedException {
        var query = new ExecutionQuery(null, List.of(states.split(",")), Map.of(), null, null);
        return client.executions().list(query, 100, null).items().size();
    }

    private static void assertBothListTheSame(BellhopClient a, BellhopClient b) throws InterruptedException {
        for (long vmid = 1; vmid <= Cluster.NODES; vmid++) {
            ExecutionQuery ofVm = ExecutionQuery.ofVm(vmid);
            assertThat(a.executions().list(ofVm, 100, null).items())
                    .hasSizeGreaterThan(10)
                    .isEqualTo(b.executions().list(ofVm, 100, null).items());
        }
    }

    private static void say(String what) {
        System.out.printf("Storm over a cluster: %s%n", what);
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.cluster;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.query.ExecutionQuery;
import dev.bellhop.api.v2.execution.ExecutionView;
import dev.bellhop.e2e.storm.StormCommand;
import dev.bellhop.e2e.support.PersistentClient;
import dev.bellhop.testkit.Profile;
import dev.bellhop.testkit.Seed;
import dev.bellhop.testkit.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * Many commands over both API servers of a cluster, while its nodes and its API servers are killed: each execution that has run has
 * run once and has its own result, and each that was rejected has not run.
 */
@Timeout(1_800)
@Tag("real")
@Tag("storm")
@Tag("cluster")
class ClusterStormTest {
    private static final Duration DEADLINE = Duration.ofMinutes(20);
    private static final int AT_A_TIME = 12;
    private static final int MAX_FAILED_STARTS = 5;

    @TempDir
    private Path folder;

    @RegisterExtension
    private final Seed seed = Seed.draw();

    private final Size size = new Size(Profile.size(60, 2_000), Profile.size(2, 40), Profile.size(2, 5));
    private final Random random = seed.random();
    private final AtomicInteger ended = new AtomicInteger();
    private final AtomicInteger numbers = new AtomicInteger();

    /**
     * How large a storm is.
     *
     * @param killEach of so many faults, how many hit an API server and not a node: one
     */
    private record Size(int commands, int faults, int killEach) {}

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
        try (Cluster cluster = Cluster.start(folder);
                BellhopClient a = cluster.client(cluster.a());
                BellhopClient b = cluster.client(cluster.b())) {
            Instant begin = Instant.now();
            List<Result> results = runAll(cluster, new PersistentClient(List.of(a, b), begin.plus(DEADLINE)));
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
            assertThat(cluster.bellhop(
                            "audit",
                            "verify",
                            "--config",
                            cluster.configuration().toString()))
                    .startsWith("The audit trail is intact: ");
        }
    }

    /** Runs all commands; faults strike at even steps of their progress. */
    private List<Result> runAll(Cluster cluster, PersistentClient client) throws Exception {
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
            for (int fault = 0; fault < size.faults; fault++) {
                int progress = (fault + 1) * size.commands / (size.faults + 2);
                await().atMost(DEADLINE)
                        .pollInterval(Duration.ofMillis(5))
                        .until(() -> ended.get() >= progress || all.stream().anyMatch(Future::isDone));
                say("%d have ended; killed %s".formatted(ended.get(), kill(cluster, fault)));
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

    /** By SIGKILL, and starts it again at once. */
    private String kill(Cluster cluster, int fault) throws IOException {
        if (fault % size.killEach == size.killEach - 1) {
            ServerProcess server = random.nextBoolean() ? cluster.a() : cluster.b();
            server.kill();
            startAgain(server);
            return "an API server";
        }
        int node = 1 + random.nextInt(Cluster.NODES);
        cluster.node(node).kill();
        cluster.node(node).startAgain();
        return "node " + node;
    }

    /** As a service manager does: one that does not reach the database in time, on a machine that is too busy, is started once more. */
    private static void startAgain(ServerProcess server) throws IOException {
        for (int failures = 0; ; failures++) {
            try {
                server.startAgain();
                return;
            } catch (IOException e) {
                say("an API server did not start");
                if (failures == MAX_FAILED_STARTS) {
                    throw e;
                }
            }
        }
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

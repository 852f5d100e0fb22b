// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.storm;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.query.ExecutionQuery;
import dev.bellhop.api.v2.execution.ExecutionView;
import dev.bellhop.e2e.support.E2eServer;
import dev.bellhop.e2e.support.PersistentClient;
import dev.bellhop.testkit.Profile;
import dev.bellhop.testkit.Seed;
import dev.bellhop.testkit.VmSockets;
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
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * Many commands on many agents, while the server is killed, agents are killed and frozen, and their sockets replaced: each
 * command runs once and has its own result.
 */
@Tag("real")
@Tag("storm")
class FaultStormTest {
    private static final Duration DEADLINE = Duration.ofMinutes(8);

    @TempDir
    private Path folder;

    @RegisterExtension
    private final Seed seed = Seed.draw();

    private final Size size = new Size(Profile.size(200, 1_000), Profile.size(10, 50), Profile.size(5, 20));
    private final Random random = seed.random();
    private final Instant begin = Instant.now();
    private final AtomicInteger ended = new AtomicInteger();
    private final List<StormVm> vms = new ArrayList<>();
    private final ScheduledExecutorService later = Executors.newSingleThreadScheduledExecutor();

    /** How large a storm is. */
    private record Size(int commands, int agents, int faults) {
        int atATime() {
            return 2 * agents;
        }
    }

    /** A command and how it ended. */
    private record Result(StormCommand command, ExecutionView end) {}

    @AfterEach
    void stopAgents() throws Exception {
        later.shutdownNow();
        for (StormVm vm : vms) {
            vm.close();
        }
    }

    @Test
    void everyCommandRunsOnceAndHasItsOwnResult() throws Exception {
        say(size.toString());
        Map<Integer, VmSockets> sockets = new HashMap<>();
        for (int vmid = 1; vmid <= size.agents; vmid++) {
            StormVm vm = StormVm.start(folder.resolve(Integer.toString(vmid)));
            vms.add(vm);
            sockets.put(vmid, vm.sockets());
        }
        try (var server = E2eServer.start(folder, sockets);
                var client = new BellhopClient(
                        server.url(), server.adminKey(), Duration.ofSeconds(5), Duration.ofSeconds(30))) {
            List<Result> results = runAll(new Storm(random, size.faults, server, vms, later), client);
            say("all have ended");
            for (Result one : results) {
                one.command.assertTrueEnd(one.end, client);
            }
            assertEachRanOnce(results);
            await().atMost(Duration.ofMinutes(1)).until(() -> count("pending,running", client) == 0);
            assertThat(count("lost", client)).isZero();
        }
        say("all is well");
    }

    /** Runs all commands; faults strike at even steps of their progress. */
    private List<Result> runAll(Storm storm, BellhopClient client) throws Exception {
        List<StormCommand> commands =
                IntStream.range(0, size.commands).mapToObj(this::draw).toList();
        var next = new AtomicInteger();
        var persistent = new PersistentClient(List.of(client), begin.plus(DEADLINE));
        Callable<List<Result>> worker = () -> {
            List<Result> mine = new ArrayList<>();
            for (int i = next.getAndIncrement(); i < commands.size(); i = next.getAndIncrement()) {
                StormCommand command = commands.get(i);
                mine.add(new Result(command, persistent.run(command.vmid(), command.wanted())));
                ended.incrementAndGet();
            }
            return mine;
        };
        try (var workers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<List<Result>>> all = IntStream.range(0, size.atATime())
                    .mapToObj(_ -> workers.submit(worker))
                    .toList();
            for (int fault = 0; fault < size.faults; fault++) {
                int progress = (fault + 1) * size.commands / (size.faults + 2);
                await().atMost(DEADLINE)
                        .pollInterval(Duration.ofMillis(5))
                        .until(() -> ended.get() >= progress || all.stream().anyMatch(Future::isDone));
                say("%d have ended; %s".formatted(ended.get(), storm.strike(fault)));
            }
            List<Result> results = new ArrayList<>();
            for (Future<List<Result>> one : all) {
                results.addAll(one.get());
            }
            return results;
        }
    }

    private StormCommand draw(int number) {
        int drawn = random.nextInt(10);
        StormCommand.Kind kind = switch (drawn) {
            case 0 -> StormCommand.Kind.TIMES_OUT;
            case 1 -> StormCommand.Kind.WRITES_MUCH;
            case 2, 3 -> StormCommand.Kind.READS_STDIN;
            default -> StormCommand.Kind.PLAIN;
        };
        int vmid = 1 + random.nextInt(size.agents);
        // Most commands are short.
        int millis = random.nextInt(10) < 6 ? 0 : random.nextInt(3_000);
        return new StormCommand(number, vmid, vms.get(vmid - 1).counter(), kind, millis, random.nextBoolean());
    }

    private void assertEachRanOnce(List<Result> results) throws Exception {
        assertThat(results).hasSize(size.commands);
        Map<String, Long> runs = new HashMap<>();
        for (StormVm vm : vms) {
            runs.putAll(vm.counted().stream().collect(groupingBy(tag -> tag, counting())));
        }
        assertThat(runs)
                .hasSize(size.commands)
                .containsOnlyKeys(results.stream().map(one -> one.command.tag()).toList())
                .allSatisfy((tag, count) -> assertThat(count).as(tag).isOne());
    }

    private static int count(String states, BellhopClient client) throws InterruptedException {
        var query = new ExecutionQuery(null, List.of(states.split(",")), Map.of(), null, null);
        return client.executions().list(query, 100, null).items().size();
    }

    private void say(String what) {
        System.out.printf(
                "Storm after %d s: %s%n", Duration.between(begin, Instant.now()).toSeconds(), what);
    }
}

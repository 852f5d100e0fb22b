// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.storm;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.e2e.support.AgentPort;
import dev.bellhop.e2e.support.E2eServer;
import dev.bellhop.e2e.support.V1Client;
import dev.bellhop.testkit.Profile;
import dev.bellhop.testkit.RealAgent;
import dev.bellhop.testkit.VmSockets;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Runs many commands over v1 while the server is killed and restarted. Each command writes its token to a file of its agent, which
 * reveals a second run, and prints it, which reveals a swapped result.
 */
@Tag("real")
@Tag("storm")
@Tag("full")
class KillRestartTest {
    private static final int AGENTS = Profile.size(10, 50);
    private static final int AT_A_TIME = AGENTS;
    private static final int COMMANDS = Profile.size(150, 1_000);
    private static final int KILLS = Profile.size(2, 5);
    private static final Duration DEADLINE = Duration.ofMinutes(12);

    @TempDir
    private Path folder;

    private final AtomicInteger answered = new AtomicInteger();
    private final Instant deadline = Instant.now().plus(DEADLINE);

    /** A command whose start was answered with a pid, and its final result. */
    private record Answered(Command command, long pid, JsonNode result) {}

    /** A command with its number. */
    private record Command(int number, Path tokens) {
        int vmid() {
            return 1 + number % AGENTS;
        }

        String token() {
            return "token-" + number;
        }

        int exitCode() {
            return number % 7;
        }

        /** Some end at once, and some are still running when the server is killed. */
        String line() {
            return "echo %1$s >> %2$s; sleep 0.%3$02d; printf %%s %1$s; exit %4$d"
                    .formatted(token(), tokens, number % 10 * 3, exitCode());
        }
    }

    @Test
    void everyResultIsTrueAndNothingRunsTwice(TestReporter reporter) throws Exception {
        List<AutoCloseable> agents = new ArrayList<>();
        try {
            Map<Integer, VmSockets> sockets = new HashMap<>();
            for (int vmid = 1; vmid <= AGENTS; vmid++) {
                sockets.put(vmid, startAgent(vmid, agents));
            }
            try (var server = E2eServer.start(folder, sockets);
                    var client = new V1Client(server.url(), server.adminKey())) {
                List<Answered> results = runAll(server, client);
                report(reporter, results);
                results.forEach(KillRestartTest::assertTrue);
                assertNothingRanTwice(results);
                assertNothingIsLost(client);
                for (Answered one : results) {
                    assertThat(client.result(one.command.vmid(), one.pid)).isEqualTo(one.result);
                }
            }
        } finally {
            for (AutoCloseable one : agents.reversed()) {
                one.close();
            }
        }
    }

    /** Runs all commands while the server is killed at even steps of their progress. */
    private List<Answered> runAll(E2eServer server, V1Client client) throws Exception {
        var next = new AtomicInteger();
        Callable<List<Answered>> worker = () -> {
            List<Answered> mine = new ArrayList<>();
            for (int number = next.getAndIncrement(); number < COMMANDS; number = next.getAndIncrement()) {
                run(client, new Command(number, tokens(1 + number % AGENTS))).ifPresent(mine::add);
            }
            return mine;
        };
        try (var workers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<List<Answered>>> all = IntStream.range(0, AT_A_TIME)
                    .mapToObj(_ -> workers.submit(worker))
                    .toList();
            for (int kill = 1; kill <= KILLS; kill++) {
                int progress = kill * COMMANDS / (KILLS + 2);
                await().atMost(DEADLINE)
                        .pollInterval(Duration.ofMillis(5))
                        .until(() -> answered.get() >= progress || all.stream().anyMatch(Future::isDone));
                server.killAndRestart();
            }
            List<Answered> results = new ArrayList<>();
            for (Future<List<Answered>> one : all) {
                results.addAll(one.get());
            }
            return results;
        }
    }

    /** Runs one command; empty if its POST was not answered, or only that nobody knows, so that it may or may not have run. */
    private Optional<Answered> run(V1Client client, Command command) throws Exception {
        while (true) {
            try {
                V1Client.Answer answer = client.post(command.vmid(), command.line());
                if (answer.status() == 409 || answer.status() == 503) {
                    // The agent is away or the server too busy, and nothing was started: a lie would show as a command
                    // that ran twice.
                    pause();
                    continue;
                }
                if (answer.status() == 504) {
                    return Optional.empty();
                }
                long pid = answer.data().required("pid").asLong();
                answered.incrementAndGet();
                return Optional.of(new Answered(command, pid, awaitExit(client, command.vmid(), pid)));
            } catch (ConnectException e) {
                // The server is away and nothing was sent: this one may be tried again.
                pause();
            } catch (IOException e) {
                return Optional.empty();
            }
        }
    }

    private JsonNode awaitExit(V1Client client, int vmid, long pid) throws InterruptedException {
        while (true) {
            try {
                JsonNode data = client.result(vmid, pid);
                if (data.required("exited").asBoolean()) {
                    return data;
                }
            } catch (IOException e) {
                // The server is away: reading can be repeated.
            }
            pause();
        }
    }

    private void pause() throws InterruptedException {
        assertThat(Instant.now()).as("all commands should have ended by now").isBefore(deadline);
        Thread.sleep(20);
    }

    private static void assertTrue(Answered one) {
        JsonNode result = one.result;
        assertThat(result.path("stdout").asString("")).as("%s", result).isEqualTo(one.command.token());
        assertThat(result.path("exitcode").asInt(-1)).as("%s", result).isEqualTo(one.command.exitCode());
    }

    private void assertNothingRanTwice(List<Answered> results) throws IOException {
        Map<String, Long> runs = new HashMap<>();
        for (int vmid = 1; vmid <= AGENTS; vmid++) {
            runs.putAll(Files.readAllLines(tokens(vmid)).stream().collect(groupingBy(token -> token, counting())));
        }
        assertThat(runs.values()).containsOnly(1L);
        results.forEach(one -> assertThat(runs).containsKey(one.command.token()));
    }

    /** Not even a command whose start was not answered: the guest knows what became of it. */
    private void assertNothingIsLost(V1Client client) throws Exception {
        await().atMost(DEADLINE).until(() -> isEmpty(client, "pending,running"));
        assertThat(isEmpty(client, "lost")).isTrue();
    }

    private static boolean isEmpty(V1Client client, String states) throws IOException, InterruptedException {
        return client.get("/api/v2/executions?state=" + states)
                .body()
                .required("items")
                .isEmpty();
    }

    /** With too few answers the rest of the test would pass for nothing. */
    private static void report(TestReporter reporter, List<Answered> results) {
        reporter.publishEntry(
                Map.of("commands", Integer.toString(COMMANDS), "answered", Integer.toString(results.size())));
        assertThat(results).hasSizeGreaterThanOrEqualTo(COMMANDS - KILLS * AT_A_TIME);
    }

    private VmSockets startAgent(int vmid, List<AutoCloseable> started) throws IOException {
        Path place = Files.createDirectory(agentFolder(vmid));
        RealAgent agent = RealAgent.start(place);
        started.add(agent);
        Path socket = place.resolve("port");
        started.add(AgentPort.open(socket, agent.socket()));
        return new VmSockets(socket, Optional.empty());
    }

    private Path agentFolder(int vmid) {
        return folder.resolve(Integer.toString(vmid));
    }

    private Path tokens(int vmid) {
        return agentFolder(vmid).resolve("tokens");
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.OutputChunk;
import dev.bellhop.api.client.OutputStreamName;
import dev.bellhop.api.client.error.BellhopApiException;
import dev.bellhop.api.v2.execution.CreateExecution;
import dev.bellhop.api.v2.execution.ExecutionView;
import dev.bellhop.api.v2.terminal.CreateTerminal;
import dev.bellhop.e2e.support.E2eServer;
import dev.bellhop.e2e.support.PersistentClient;
import dev.bellhop.e2e.support.TestBed;
import dev.bellhop.testkit.GuestImage;
import dev.bellhop.testkit.RealVm;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real server starts commands over a stream into a real VM, beside a terminal that keeps it open. */
@Timeout(900)
@Tag("real")
@Tag("vm")
class StreamedExecutionsInVmTest {
    private static final int VMID = TestBed.VMID;
    private static final String TOKEN = "0123456789abcdef0123456789abcdef";
    private static final CreateTerminal TERMINAL = new CreateTerminal(80, 24, null, null, null, null, null);

    /** All that a process has from the one that started it, but for how many signals wait, which changes. */
    private static final String INHERITED = "env | sort; pwd; umask; ulimit -a; cat /proc/self/cgroup;"
            + " grep -E '^(Sig[PBIC]|Shd|Cap|NoNewPrivs|Cpus_allowed|Umask)' /proc/self/status; cat /proc/self/oom_score_adj;"
            + " readlink /proc/self/fd/0; ls /proc/self/fd | wc -l; systemctl --version >/dev/null 2>&1 && echo systemd";

    @TempDir
    private static Path folder;

    private static RealVm vm;
    private static E2eServer server;

    @BeforeAll
    static void start() throws Exception {
        vm = RealVm.start(VMID, GuestImage.DEBIAN, folder);
        server = E2eServer.startOn(folder, """
                metrics: {tokenFile: %s}
                hypervisors:
                  - {type: qemu, vms: {%d: {agent: %s, monitor: %s}}}
                """.formatted(
                        Files.writeString(folder.resolve("metrics-token"), TOKEN + "\n"),
                        VMID,
                        vm.sockets().agent(),
                        vm.sockets().monitor().orElseThrow()));
    }

    /** Another test may have left a stream open. */
    @BeforeEach
    void startWithoutAStream() throws Exception {
        server.restart();
    }

    @AfterAll
    static void stop() throws Exception {
        if (server != null) {
            server.close();
        }
        if (vm != null) {
            vm.close();
        }
    }

    private static BellhopClient client() throws IOException {
        return new BellhopClient(server.url(), server.adminKey(), Duration.ofSeconds(5), Duration.ofMinutes(1));
    }

    private static double metric(String name) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(server.url() + "/metrics"))
                .header("Authorization", "Bearer " + TOKEN)
                .build();
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(request, HttpResponse.BodyHandlers.ofString())
                    .body()
                    .lines()
                    .filter(line -> line.startsWith(name + " "))
                    .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static double overStream() throws Exception {
        return metric("bellhop_streams_commands_total");
    }

    private static ExecutionView run(BellhopClient client, String command) throws Exception {
        return client.executions().create(VMID, CreateExecution.command(command).build(), null, Duration.ofSeconds(60));
    }

    private static String stdout(BellhopClient client, ExecutionView end) throws Exception {
        return output(client, end, OutputStreamName.STDOUT);
    }

    private static String output(BellhopClient client, ExecutionView end, OutputStreamName stream) throws Exception {
        var bytes = new ByteArrayOutputStream();
        OutputChunk chunk;
        do {
            chunk = client.executions().output(end.id(), stream, bytes.size(), 1 << 20);
            bytes.writeBytes(chunk.bytes());
        } while (!chunk.complete());
        return bytes.toString(StandardCharsets.UTF_8);
    }

    /** The same command again until one has gone over the stream. */
    private static ExecutionView runOverStream(BellhopClient client, CreateExecution command) throws Exception {
        for (int i = 0; i < 20; i++) {
            double before = overStream();
            ExecutionView end = client.executions().create(VMID, command, null, Duration.ofSeconds(60));
            if (overStream() > before) {
                return end;
            }
        }
        throw new AssertionError("no command goes over the stream");
    }

    private static ExecutionView runOverStream(BellhopClient client, String command) throws Exception {
        return runOverStream(client, CreateExecution.command(command).build());
    }

    @Test
    void aCommandIsTheSameByEitherWay() throws Exception {
        try (BellhopClient client = client()) {
            run(client, ":");
            double before = overStream();
            String byAgent = stdout(client, run(client, INHERITED));
            assertThat(overStream()).isEqualTo(before);
            String terminal = openStream(client);
            assertThat(stdout(client, runOverStream(client, INHERITED))).isEqualTo(byAgent);
            ExecutionView longer = runOverStream(client, "echo out; seq 50000; echo err >&2; exit 3");
            assertThat(longer.exitCode()).isEqualTo(3);
            assertThat(stdout(client, longer)).startsWith("out\n1\n").endsWith("\n50000\n");
            assertThat(output(client, longer, OutputStreamName.STDERR)).isEqualTo("err\n");
            ExecutionView count = runOverStream(
                    client,
                    CreateExecution.command("wc -c").stdin("x".repeat(700_000)).build());
            assertThat(stdout(client, count)).isEqualTo("700000\n");
            client.terminals().close(VMID, terminal);
        }
    }

    /** Each is to be followed by the next server, and the port to be removed that the killed one has left. */
    @Test
    @Tag("full")
    void everyCommandRunsOnceThoughTheServerIsKilled() throws Exception {
        int count = 60;
        double started = 0;
        AtomicInteger next = new AtomicInteger();
        Map<Integer, ExecutionView> ends = new ConcurrentHashMap<>();
        try (BellhopClient client = client();
                ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor()) {
            run(client, "rm -f /root/counter");
            openStream(client);
            var persistent = new PersistentClient(List.of(client), Instant.now().plus(Duration.ofMinutes(8)));
            List<Future<?>> all = new ArrayList<>();
            for (int worker = 0; worker < 4; worker++) {
                all.add(workers.submit(() -> {
                    for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
                        ExecutionView end = persistent.run(
                                VMID,
                                CreateExecution.command(
                                                "echo %1$d >>/root/counter; echo out %1$d; sleep 0.%2$d; exit %3$d"
                                                        .formatted(i, i % 7, i % 5))
                                        .deliveryTimeoutSeconds(300)
                                        .labels(Map.of("n", "" + i))
                                        .build());
                        ends.put(i, end);
                    }
                    return null;
                }));
            }
            for (int kill = 1; kill <= 3; kill++) {
                int progress = kill * count / 4;
                await().atMost(Duration.ofMinutes(5))
                        .pollInterval(Duration.ofMillis(5))
                        .until(() -> ends.size() >= progress || all.stream().anyMatch(Future::isDone));
                started += overStream();
                server.killAndRestart();
                openStream(client);
            }
            for (Future<?> one : all) {
                one.get();
            }
            started += overStream();
            for (var one : ends.entrySet()) {
                ExecutionView end = one.getValue();
                assertThat(end.state()).as("%s", end).isEqualTo("exited");
                assertThat(end.exitCode()).as("%s", end).isEqualTo(one.getKey() % 5);
                assertThat(stdout(client, end)).isEqualTo("out " + one.getKey() + "\n");
            }
            String counted = stdout(client, run(client, "cat /root/counter"));
            assertThat(counted.lines())
                    .containsExactlyInAnyOrderElementsOf(IntStream.range(0, count)
                            .mapToObj(Integer::toString)
                            .toList());
        }
        System.out.printf("%.0f of %d were started over a stream%n", started, count);
        // Fewer the slower the machine is: the guest has to answer within a second.
        assertThat(started).isPositive();
    }

    /** Opens a terminal until it goes over a stream; on a busy machine a stream may be late, and then is not tried for a while. */
    private static String openStream(BellhopClient client) {
        return await().atMost(Duration.ofMinutes(3))
                .pollInterval(Duration.ofSeconds(1))
                .until(
                        () -> {
                            try {
                                String terminal =
                                        client.terminals().open(VMID, TERMINAL).id();
                                if (metric("bellhop_streams") == 1) {
                                    return terminal;
                                }
                                client.terminals().close(VMID, terminal);
                            } catch (BellhopApiException e) {
                                // The agent has others to serve first.
                            }
                            return "";
                        },
                        terminal -> !terminal.isEmpty());
    }
}

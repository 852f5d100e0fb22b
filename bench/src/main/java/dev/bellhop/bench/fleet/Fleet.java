// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.fleet;

import dev.bellhop.bench.command.OneCommand;
import dev.bellhop.bench.floor.ForcedWrites;
import dev.bellhop.bench.floor.RawAgent;
import dev.bellhop.bench.measure.Benchmark;
import dev.bellhop.bench.measure.Measurement;
import dev.bellhop.bench.measure.Measurement.Target;
import dev.bellhop.bench.measure.Samples;
import dev.bellhop.bench.measure.Setting;
import dev.bellhop.bench.server.Agents;
import dev.bellhop.bench.server.BenchServer;
import dev.bellhop.bench.server.CommandClient;
import dev.bellhop.testkit.RealAgent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

/**
 * (e): a thousand agents with one command each, as fast as possible: raw, and through the server by as many clients. Each
 * round connects to every agent anew, on both sides. Raw with three forced writes a command too, without which what is said
 * of it does not outlive the server: that it is to start, its pid, and its end. Reports the server's memory as well.
 */
public final class Fleet implements Benchmark {
    static final int AGENTS = 1_000;
    private static final int CLIENTS = 8;
    private static final int ROUNDS = 5;
    private static final int SHORT_ROUNDS = 3;
    /** Before each poll for a command's end; without it both sides are slower. */
    private static final long PAUSE_NANOS = 1_000_000;

    /** The server keeps a connection for ten seconds, and an agent admits nobody else meanwhile. */
    private static final long UNTIL_LET_GO_MILLIS = 11_500;

    private static final double MAX_MEGABYTES = 256;

    @Override
    public List<Measurement> run(Setting setting) throws Exception {
        Path folder = Files.createDirectory(setting.scratch().resolve("fleet"));
        List<RealAgent> agents = Agents.startAll(folder, 1, AGENTS);
        Map<Long, Path> sockets = new HashMap<>();
        agents.forEach(agent -> sockets.put(sockets.size() + 1L, agent.socket()));
        try (BenchServer server =
                BenchServer.start(setting.launcher(), setting.disk().resolve("fleet"), sockets, null, false)) {
            // For the server only: its JVM keeps compiling for tens of thousands of commands, as in (b).
            int warmUpRounds = OneCommand.warmUp(setting) / AGENTS;
            return measure(server, sockets, setting.disk(), warmUpRounds, setting.size(ROUNDS, SHORT_ROUNDS));
        } finally {
            agents.forEach(RealAgent::close);
        }
    }

    private static List<Measurement> measure(
            BenchServer server, Map<Long, Path> sockets, Path disk, int warmUpRounds, int rounds) throws Exception {
        double memoryBefore = server.residentMegabytes();
        double cpu = 0;
        List<Double> raw = new ArrayList<>();
        List<Double> durable = new ArrayList<>();
        List<Double> bellhop = new ArrayList<>();
        double ignored = rawRound(sockets);
        for (int round = 0; round < warmUpRounds; round++) {
            ignored = bellhopRound(server);
        }
        for (int round = 0; round < rounds; round++) {
            Thread.sleep(UNTIL_LET_GO_MILLIS);
            raw.add(rawRound(sockets));
            durable.add(durableRound(sockets, disk));
            double cpuBefore = server.cpuMicros();
            bellhop.add(bellhopRound(server));
            cpu += server.cpuMicros() - cpuBefore;
        }
        Thread.sleep(UNTIL_LET_GO_MILLIS);
        raw.add(rawRound(sockets));
        return List.of(
                Measurement.against(
                        Samples.median(raw),
                        Samples.median(bellhop),
                        "e",
                        "commands on 1,000 agents",
                        "1/s",
                        Target.atLeast(0.6),
                        Samples.spread(raw)),
                Measurement.against(
                        Samples.median(durable),
                        Samples.median(bellhop),
                        "e",
                        "the same, beside raw with three forced writes each",
                        "1/s",
                        null,
                        Samples.spread(durable)),
                Measurement.alone(cpu / (rounds * AGENTS), "e", "the server's processor time for one", "us", null),
                Measurement.alone(
                        memoryBefore, "e", "server resident, 1,000 VMs configured", "MB", Target.atMost(MAX_MEGABYTES)),
                Measurement.alone(
                        server.residentMegabytes(), "e", "server resident, after all the commands", "MB", null));
    }

    private static double rawRound(Map<Long, Path> sockets) throws Exception {
        AtomicLong next = new AtomicLong(1);
        return rate(() -> {
            for (Path socket = sockets.get(next.getAndIncrement());
                    socket != null;
                    socket = sockets.get(next.getAndIncrement())) {
                try (RawAgent agent = RawAgent.connect(socket)) {
                    agent.run(PAUSE_NANOS);
                }
            }
            return null;
        });
    }

    private static double durableRound(Map<Long, Path> sockets, Path disk) throws Exception {
        AtomicLong next = new AtomicLong(1);
        return rate(() -> {
            try (ForcedWrites writes = ForcedWrites.to(Files.createTempFile(disk, "forced", null))) {
                for (Path socket = sockets.get(next.getAndIncrement());
                        socket != null;
                        socket = sockets.get(next.getAndIncrement())) {
                    try (RawAgent agent = RawAgent.connect(socket)) {
                        writes.write();
                        writes.write();
                        agent.run(PAUSE_NANOS);
                        writes.write();
                    }
                }
            }
            return null;
        });
    }

    private static double bellhopRound(BenchServer server) throws Exception {
        AtomicLong next = new AtomicLong(1);
        return rate(() -> {
            try (CommandClient client = server.commands()) {
                for (long vmid = next.getAndIncrement(); vmid <= AGENTS; vmid = next.getAndIncrement()) {
                    client.run(vmid, "true", PAUSE_NANOS);
                }
            }
            return null;
        });
    }

    /** Commands a second if all clients do this at once. */
    private static double rate(Callable<Void> client) throws Exception {
        try (ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
            long begin = System.nanoTime();
            List<Future<Void>> all = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                all.add(clients.submit(client));
            }
            for (Future<Void> one : all) {
                one.get();
            }
            return AGENTS / ((System.nanoTime() - begin) / 1e9);
        }
    }
}

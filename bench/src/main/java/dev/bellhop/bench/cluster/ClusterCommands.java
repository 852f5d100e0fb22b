// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.cluster;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.bench.floor.BareCommits;
import dev.bellhop.bench.measure.Benchmark;
import dev.bellhop.bench.measure.Interleaved;
import dev.bellhop.bench.measure.Interleaved.Step;
import dev.bellhop.bench.measure.Interleaved.Timing;
import dev.bellhop.bench.measure.Measurement;
import dev.bellhop.bench.measure.Measurement.Target;
import dev.bellhop.bench.measure.Samples;
import dev.bellhop.bench.measure.Setting;
import dev.bellhop.bench.output.LiveOutput;
import dev.bellhop.bench.server.Agents;
import dev.bellhop.bench.server.BenchServer;
import dev.bellhop.bench.server.Children;
import dev.bellhop.bench.server.CommandClient;
import dev.bellhop.testkit.NodeProcess;
import dev.bellhop.testkit.RealAgent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * (p): supervised commands through two API servers and three nodes, beside one server that does all in one process: one command at a
 * time, as many as go, and how late a line reaches a follower at the other API server. All on this machine, so the cluster's six
 * processes, PostgreSQL and NATS share the cores that the one server has for itself.
 */
public final class ClusterCommands implements Benchmark {
    private static final int NODES = 3;
    private static final int VMS_PER_NODE = 10;
    private static final int VMS = NODES * VMS_PER_NODE;
    /** The compiler is done with what a command calls once after some 6,000 commands. */
    private static final int WARM_UP = 8_000;

    private static final int BLOCKS = 6;
    private static final int RUNS = 300;
    private static final int CLIENTS = 32;
    private static final int COMMANDS = 3_000;
    /** A node has as many commands behind it as the one server when the cluster has had three times as many. */
    private static final int WARM_UP_ROUNDS = 6;

    private static final int BARE_RUNS = 3_000;

    private static final int ROUNDS = 3;
    private static final double MAX_MORE_MILLIS = 3;

    @Override
    public List<Measurement> run(Setting setting) throws Exception {
        Path spool = Files.createDirectories(setting.spool());
        Path folder = Files.createDirectory(setting.scratch().resolve("cluster"));
        // The one server's after the cluster's.
        List<RealAgent> agents = Agents.startAll(folder, 1, 2 * VMS);
        try (BenchCluster cluster = BenchCluster.start(setting, setting.disk().resolve("cluster"));
                BenchServer one = BenchServer.start(
                        setting.launcher(), setting.disk().resolve("alone"), sockets(agents, VMS, VMS), spool, false)) {
            for (int node = 0; node < NODES; node++) {
                cluster.with(NodeProcess.start(
                                setting.disk().resolve("node-" + node),
                                cluster.node("host-" + node) + "executions: {spool: " + spool + "}\nhypervisors:\n  - "
                                        + BenchServer.qemu(sockets(agents, node * VMS_PER_NODE, VMS_PER_NODE)) + "\n",
                                Map.of()))
                        .awaitJoined();
            }
            try (BareCommits bare =
                    new BareCommits(Files.createDirectory(setting.disk().resolve("bare")), cluster.postgres())) {
                List<Measurement> measurements = new ArrayList<>(oneByOne(cluster, one, bare));
                measurements.addAll(asManyAsGo(cluster, one, agents, bare));
                measurements.addAll(live(cluster));
                return measurements;
            }
        } finally {
            agents.forEach(RealAgent::close);
        }
    }

    /** Agents as VMs, by the places that the agents have. */
    private static Map<Long, Path> sockets(List<RealAgent> agents, int first, int count) {
        Map<Long, Path> sockets = new HashMap<>();
        for (int i = first; i < first + count; i++) {
            sockets.put(i + 1L, agents.get(i).socket());
        }
        return sockets;
    }

    private static List<Measurement> oneByOne(BenchCluster cluster, BenchServer one, BareCommits bare)
            throws Exception {
        try (CommandClient alone = one.commands();
                CommandClient a = cluster.commands(cluster.a())) {
            List<Step> ways = List.of(
                    () -> alone.runWaiting(VMS + 1, "true"),
                    () -> a.runWaiting(1, "true"),
                    bare::inOneProcess,
                    bare::inACluster);
            Interleaved.warmUp(WARM_UP, ways);
            List<Timing> timings = Interleaved.run(BLOCKS, RUNS, ways);
            Timing floor = timings.get(0);
            Timing value = timings.get(1);
            return List.of(
                    value.against(floor, 0.5, "p", "one command in a cluster", null),
                    value.against(floor, 0.99, "p", "one command in a cluster", null),
                    Measurement.alone(
                            value.millisAt(0.5) - floor.millisAt(0.5),
                            "p",
                            "the difference at p50",
                            "ms",
                            Target.atMost(MAX_MORE_MILLIS)),
                    timings.get(3).against(timings.get(2), 0.5, "p", "bare commits and messages for one command", null),
                    Measurement.alone(
                            timings.get(3).millisAt(0.5) - timings.get(2).millisAt(0.5),
                            "p",
                            "the difference of those at p50, which is its floor",
                            "ms",
                            null));
        }
    }

    /**
     * Beside it, what the ratio would be if PostgreSQL, NATS and the bare calls of their clients came on top of what one server needs, and
     * nothing else did: where all share the cores, processor time is what there is no more of.
     */
    private static List<Measurement> asManyAsGo(
            BenchCluster cluster, BenchServer one, List<RealAgent> agents, BareCommits bare) throws Exception {
        List<Double> alone = new ArrayList<>();
        List<Double> together = new ArrayList<>();
        double timeAlone = 0;
        double timeOfOthers = 0;
        for (int round = 0; round < WARM_UP_ROUNDS * (NODES - 1); round++) {
            rate(client -> connection(cluster, client), 0);
        }
        for (int round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
            double before = one.cpuMicros() / 1e3 + agentsMillis(agents);
            double rateAlone = rate(client -> one.commands(), VMS);
            double between = one.cpuMicros() / 1e3 + agentsMillis(agents);
            double othersBefore = othersMillis(cluster);
            double rateTogether = rate(client -> connection(cluster, client), 0);
            if (round >= WARM_UP_ROUNDS) {
                alone.add(rateAlone);
                together.add(rateTogether);
                timeAlone += between - before;
                timeOfOthers += othersMillis(cluster) - othersBefore;
            }
        }
        double timeOfCalls = ROUNDS * COMMANDS * (ownMillis(bare::inACluster) - ownMillis(bare::inOneProcess));
        double rate = Samples.median(alone);
        double spread = Samples.spread(alone);
        return List.of(
                Measurement.against(
                        rate,
                        Samples.median(together),
                        "p",
                        "commands by " + CLIENTS + " clients, 2 API servers and 3 nodes",
                        "1/s",
                        Target.atLeast(0.7),
                        spread),
                Measurement.against(
                        rate,
                        rate * timeAlone / (timeAlone + timeOfOthers),
                        "p",
                        "one server with the processor time of PostgreSQL and NATS on top",
                        "1/s",
                        null,
                        spread),
                Measurement.against(
                        rate,
                        rate * timeAlone / (timeAlone + timeOfOthers + timeOfCalls),
                        "p",
                        "the same with that of bare calls of both on top, which is the floor",
                        "1/s",
                        null,
                        spread));
    }

    /** The processor time of this process that a run takes, in milliseconds. */
    private static double ownMillis(Step way) throws Exception {
        Duration before = ownTime();
        for (int i = 0; i < BARE_RUNS; i++) {
            way.run();
        }
        return ownTime().minus(before).toNanos() / 1e6 / BARE_RUNS;
    }

    private static Duration ownTime() {
        return ProcessHandle.current().info().totalCpuDuration().orElseThrow();
    }

    private static double agentsMillis(List<RealAgent> agents) {
        return agents.stream()
                .mapToDouble(agent -> Children.cpuMillisWithChildren(agent.pid()))
                .sum();
    }

    private static double othersMillis(BenchCluster cluster) {
        return Children.cpuMillisWithChildren(cluster.postgres().pid())
                + Children.cpuMillisWithChildren(cluster.nats().pid());
    }

    private static CommandClient connection(BenchCluster cluster, int client) throws Exception {
        return cluster.commands(client % 2 == 0 ? cluster.a() : cluster.b());
    }

    /** Gives each of the clients its connection. */
    private interface Connections {
        CommandClient of(int client) throws Exception;
    }

    private static double rate(Connections connections, int before) throws Exception {
        AtomicInteger next = new AtomicInteger();
        try (ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
            long begin = System.nanoTime();
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                int number = i;
                all.add(clients.submit(() -> {
                    try (CommandClient client = connections.of(number)) {
                        for (int command = next.getAndIncrement();
                                command < COMMANDS;
                                command = next.getAndIncrement()) {
                            client.runWaiting(before + 1 + command % VMS, "true");
                        }
                    }
                    return null;
                }));
            }
            for (Future<?> each : all) {
                each.get();
            }
            return COMMANDS / ((System.nanoTime() - begin) / 1e9);
        }
    }

    private static List<Measurement> live(BenchCluster cluster) throws Exception {
        try (BellhopClient a = client(cluster, cluster.a());
                BellhopClient b = client(cluster, cluster.b())) {
            Samples lags = LiveOutput.follow(a, b);
            return List.of(
                    Measurement.alone(
                            lags.millisAt(0.5),
                            "p",
                            "lag of a line every 100 ms at the other API server, p50",
                            "ms",
                            Target.atMost(60)),
                    Measurement.alone(
                            lags.millisAt(0.99),
                            "p",
                            "lag of a line every 100 ms at the other API server, p99",
                            "ms",
                            Target.atMost(300)));
        }
    }

    private static BellhopClient client(BenchCluster cluster, BenchServer server) throws Exception {
        return new BellhopClient(server.url(), cluster.adminKey(), Duration.ofSeconds(10), Duration.ofSeconds(60));
    }
}

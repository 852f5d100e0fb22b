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

/**
 * (p): supervised commands through two API servers and three nodes, beside one server that does all in one process: one command at a
 * time, as many as go, and how late a line reaches a follower at the other API server. All on this machine, so the cluster's six
 * processes, PostgreSQL and NATS share the cores that the one server has for itself.
 */
public final class ClusterCommands implements Benchmark {
    static final int NODES = 3;
    private static final int VMS_PER_NODE = 10;
    static final int VMS = NODES * VMS_PER_NODE;

    /** As many as the cluster has API servers and nodes. */
    static final int APART = 5;

    static final int VMS_APART = VMS / APART;
    /** The compiler is done with what a command calls once after some 6,000 commands. */
    private static final int WARM_UP = 8_000;

    private static final int BLOCKS = 6;
    private static final int RUNS = 300;
    private static final double MAX_MORE_MILLIS = 3;

    @Override
    public List<Measurement> run(Setting setting) throws Exception {
        Path spool = Files.createDirectories(setting.spool());
        Path folder = Files.createDirectory(setting.scratch().resolve("cluster"));
        // The one server's after the cluster's, then those of the servers that share nothing.
        List<RealAgent> agents = Agents.startAll(folder, 1, 3 * VMS);
        List<BenchServer> apart = new ArrayList<>();
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
                for (int server = 0; server < APART; server++) {
                    apart.add(BenchServer.start(
                            setting.launcher(),
                            setting.disk().resolve("apart-" + server),
                            sockets(agents, 2 * VMS + server * VMS_APART, VMS_APART),
                            spool,
                            false));
                }
                measurements.addAll(new ClusterLoad(cluster, one, apart, agents, bare).run());
                measurements.addAll(live(cluster));
                return measurements;
            }
        } finally {
            apart.forEach(BenchServer::close);
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

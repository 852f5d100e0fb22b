// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.cluster;

import static dev.bellhop.bench.cluster.ClusterCommands.APART;
import static dev.bellhop.bench.cluster.ClusterCommands.NODES;
import static dev.bellhop.bench.cluster.ClusterCommands.VMS;
import static dev.bellhop.bench.cluster.ClusterCommands.VMS_APART;

import dev.bellhop.bench.floor.BareCommits;
import dev.bellhop.bench.measure.Interleaved.Step;
import dev.bellhop.bench.measure.Measurement;
import dev.bellhop.bench.measure.Measurement.Target;
import dev.bellhop.bench.measure.Samples;
import dev.bellhop.bench.server.BenchServer;
import dev.bellhop.bench.server.Children;
import dev.bellhop.bench.server.CommandClient;
import dev.bellhop.testkit.RealAgent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * As many commands as go through a cluster, beside one server. And beside the floor: as many servers as the cluster has API servers and
 * nodes, which share nothing, and what the ratio would be if PostgreSQL, NATS and the bare calls of their clients came on top of what those
 * need, and nothing else did. Where all share the cores, processor time is what there is no more of.
 */
final class ClusterLoad {
    private static final int CLIENTS = 32;
    private static final int COMMANDS = 3_000;

    /** Rounds until the compiler is done, of a server that gets all of the commands. */
    private static final int WARM_UP_ROUNDS = 6;

    private static final int ROUNDS = 3;
    private static final int BARE_RUNS = 3_000;
    private static final Target FLOOR_TARGET = Target.atLeast(0.85);

    private final BenchCluster cluster;
    private final List<BenchServer> apart;
    private final List<RealAgent> agents;
    private final BareCommits bare;
    private final Way single;
    private final Way several;
    private final Way clustered;

    /** Gives each of the clients its connection. */
    private interface Connections {
        CommandClient of(int client) throws Exception;
    }

    /** In which VM a client runs a command. */
    private interface Vms {
        long of(int client, int command);
    }

    private record Way(Connections connections, Vms vms) {}

    /**
     * @param one server, whose VMs come after the cluster's
     * @param apart the servers that share nothing, whose VMs come after those
     * @param agents all of the VMs'
     */
    ClusterLoad(
            BenchCluster cluster, BenchServer one, List<BenchServer> apart, List<RealAgent> agents, BareCommits bare) {
        this.cluster = cluster;
        this.apart = apart;
        this.agents = agents;
        this.bare = bare;
        this.clustered = new Way(
                client -> cluster.commands(client % 2 == 0 ? cluster.a() : cluster.b()),
                (client, command) -> 1 + command % VMS);
        this.single = new Way(client -> one.commands(), (client, command) -> VMS + 1 + command % VMS);
        this.several = new Way(
                client -> apart.get(client % APART).commands(),
                (client, command) -> 2 * VMS + 1 + client % APART * VMS_APART + command % VMS_APART);
    }

    List<Measurement> run() throws Exception {
        warmUp(clustered, NODES - 1);
        warmUp(several, APART - 1);
        List<Double> alone = new ArrayList<>();
        List<Double> split = new ArrayList<>();
        List<Double> together = new ArrayList<>();
        double timeSplit = 0;
        double timeOfOthers = 0;
        for (int round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
            double rateAlone = rate(single);
            double before = splitMillis();
            double rateSplit = rate(several);
            double between = splitMillis();
            double othersBefore = othersMillis();
            double rateTogether = rate(clustered);
            if (round >= WARM_UP_ROUNDS) {
                alone.add(rateAlone);
                split.add(rateSplit);
                together.add(rateTogether);
                timeSplit += between - before;
                timeOfOthers += othersMillis() - othersBefore;
            }
        }
        double timeOfCalls = ROUNDS * COMMANDS * (ownMillis(bare::inACluster) - ownMillis(bare::inOneProcess));
        double oneRate = Samples.median(alone);
        double spread = Samples.spread(alone);
        double all = Samples.median(together);
        double apartRate = Samples.median(split);
        double withOthers = apartRate * timeSplit / (timeSplit + timeOfOthers);
        double floor = apartRate * timeSplit / (timeSplit + timeOfOthers + timeOfCalls);
        String clients = "commands by " + CLIENTS + " clients, ";
        return List.of(
                row(oneRate, all, clients + "2 API servers and 3 nodes, beside one server", null, spread),
                row(oneRate, apartRate, clients + APART + " servers that share nothing", null, spread),
                row(oneRate, withOthers, "those with the processor time of PostgreSQL and NATS on top", null, spread),
                row(
                        oneRate,
                        floor,
                        "the same with that of bare calls of both on top, which is the floor",
                        null,
                        spread),
                row(floor, all, clients + "2 API servers and 3 nodes, beside that floor", FLOOR_TARGET, spread));
    }

    private static Measurement row(double beside, double rate, String what, @Nullable Target target, double spread) {
        return Measurement.against(beside, rate, "p", what, "1/s", target, spread);
    }

    /** As often as a server alone is warmed up, that many times. */
    private static void warmUp(Way way, int times) throws Exception {
        for (int round = 0; round < WARM_UP_ROUNDS * times; round++) {
            rate(way);
        }
    }

    private static double rate(Way way) throws Exception {
        AtomicInteger next = new AtomicInteger();
        try (ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
            long begin = System.nanoTime();
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                int number = i;
                all.add(clients.submit(() -> {
                    try (CommandClient client = way.connections.of(number)) {
                        for (int command = next.getAndIncrement();
                                command < COMMANDS;
                                command = next.getAndIncrement()) {
                            client.runWaiting(way.vms.of(number, command), "true");
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

    /** The processor time of the servers that share nothing, of the agents and of the clients, which are this process. */
    private double splitMillis() {
        return apart.stream().mapToDouble(BenchServer::cpuMicros).sum() / 1e3
                + agents.stream()
                        .mapToDouble(agent -> Children.cpuMillisWithChildren(agent.pid()))
                        .sum()
                + ownTime().toNanos() / 1e6;
    }

    private double othersMillis() {
        return Children.cpuMillisWithChildren(cluster.postgres().pid())
                + Children.cpuMillisWithChildren(cluster.nats().pid());
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
}

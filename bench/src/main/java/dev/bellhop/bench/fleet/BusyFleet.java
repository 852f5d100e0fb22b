// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.fleet;

import dev.bellhop.bench.measure.Benchmark;
import dev.bellhop.bench.measure.Measurement;
import dev.bellhop.bench.measure.Measurement.Target;
import dev.bellhop.bench.measure.Setting;
import dev.bellhop.bench.server.Agents;
import dev.bellhop.bench.server.BenchServer;
import dev.bellhop.bench.server.CommandClient;
import dev.bellhop.testkit.RealAgent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * (o): a thousand agents that 64 clients give commands to, each with one request that waits for the end; more than the
 * machine can do at once. What a supervised command costs the server and the guests, beside one that the agent alone looks
 * after.
 */
public final class BusyFleet implements Benchmark {
    private static final int CLIENTS = 64;
    private static final int WARM_UP = 5_000;
    private static final int SHORT_WARM_UP = 2_000;
    private static final int COMMANDS = 20_000;
    private static final int SHORT_COMMANDS = 6_000;
    private static final double MAX_CPU_MICROS = 1_500;

    /** After this long the files of the last commands have been removed from the guests, which counts too, unless the run is short. */
    private static final int CLEANED_UP_MILLIS = 80_000;

    /** The kernel counts processor time in hundredths of a second. */
    private static final double MICROS_PER_TICK = 10_000;

    /** What one command costs, and how many end in a second. */
    private record Cost(double rate, double serverMicros, double guestMicros, double calls) {}

    @Override
    public List<Measurement> run(Setting setting) throws Exception {
        Path folder = Files.createDirectory(setting.disk().resolve("a"));
        // Or each guest would look through the files of all.
        Path spool = Files.createDirectory(setting.disk().resolve("busy-spool"));
        List<RealAgent> agents = Agents.startAll(folder, Fleet.AGENTS, spool);
        try {
            Cost direct = cost(setting, agents, "busy-direct", null);
            Cost supervised = cost(setting, agents, "busy", spool);
            return List.of(
                    against(direct.rate, supervised.rate, "supervised commands beside direct ones", "1/s"),
                    against(direct.serverMicros, supervised.serverMicros, "the server's processor time for one", "us"),
                    Measurement.alone(
                            supervised.serverMicros,
                            "o",
                            "the server's processor time for a supervised one",
                            "us",
                            Target.atMost(MAX_CPU_MICROS)),
                    against(direct.guestMicros, supervised.guestMicros, "the guest's processor time for one", "us"),
                    against(direct.calls, supervised.calls, "calls to agents for one", ""));
        } finally {
            agents.forEach(RealAgent::close);
        }
    }

    private static Measurement against(double direct, double supervised, String what, String unit) {
        return new Measurement("o", what, unit, direct, supervised, null, null);
    }

    private static Cost cost(Setting setting, List<RealAgent> agents, String name, @Nullable Path spool)
            throws Exception {
        Map<Long, Path> sockets = new HashMap<>();
        agents.forEach(agent -> sockets.put(sockets.size() + 1L, agent.socket()));
        String mode = spool == null ? "direct" : "supervised";
        try (BenchServer server =
                BenchServer.start(setting.launcher(), setting.disk().resolve(name), sockets, spool, false)) {
            runAll(server, mode, setting.size(WARM_UP, SHORT_WARM_UP));
            double serverBefore = server.cpuMicros();
            double guestsBefore = cpuMicros(agents);
            double callsBefore = server.agentCalls();
            long begin = System.nanoTime();
            int commands = setting.size(COMMANDS, SHORT_COMMANDS);
            runAll(server, mode, commands);
            double seconds = (System.nanoTime() - begin) / 1e9;
            Thread.sleep(setting.size(CLEANED_UP_MILLIS, 0));
            return new Cost(
                    commands / seconds,
                    (server.cpuMicros() - serverBefore) / commands,
                    (cpuMicros(agents) - guestsBefore) / commands,
                    (server.agentCalls() - callsBefore) / commands);
        }
    }

    private static void runAll(BenchServer server, String mode, int commands) throws Exception {
        AtomicInteger next = new AtomicInteger();
        try (ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                all.add(clients.submit(() -> {
                    try (CommandClient client = server.commands()) {
                        for (int command = next.getAndIncrement();
                                command < commands;
                                command = next.getAndIncrement()) {
                            client.runWaiting(1 + command % Fleet.AGENTS, "true", mode);
                        }
                    }
                    return null;
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        }
    }

    /** Of the agents, and of the processes that they have waited for. */
    private static double cpuMicros(List<RealAgent> agents) throws IOException {
        double ticks = 0;
        for (RealAgent agent : agents) {
            String stat = Files.readString(Path.of("/proc/" + agent.pid() + "/stat"));
            // What follows the name, which may hold blanks, begins with the state; utime is the 12th of it.
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            for (int field = 11; field <= 14; field++) {
                ticks += Double.parseDouble(fields[field]);
            }
        }
        return ticks * MICROS_PER_TICK;
    }
}

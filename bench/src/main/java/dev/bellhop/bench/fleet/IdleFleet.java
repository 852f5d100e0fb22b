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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * (m): what a thousand agents cost a server that gets no requests. Each has run a command under the supervisor; cleaning up
 * in the guests afterwards counts too.
 */
public final class IdleFleet implements Benchmark {
    private static final long MEASURE_MILLIS = 180_000;

    @Override
    public List<Measurement> run(Setting setting) throws Exception {
        Path folder = Files.createDirectory(setting.scratch().resolve("idle"));
        List<RealAgent> agents = Agents.startAll(folder, 1, Fleet.AGENTS);
        Map<Long, Path> sockets = new HashMap<>();
        agents.forEach(agent -> sockets.put(sockets.size() + 1L, agent.socket()));
        try (BenchServer server = BenchServer.start(
                setting.launcher(), setting.disk().resolve("idle"), sockets, setting.spool(), false)) {
            try (CommandClient client = server.commands()) {
                for (long vmid = 1; vmid <= Fleet.AGENTS; vmid++) {
                    client.runWaiting(vmid, "true");
                }
            }
            double before = server.cpuMicros();
            long begin = System.nanoTime();
            Thread.sleep(MEASURE_MILLIS);
            double micros = server.cpuMicros() - before;
            double percent = 100 * micros / ((System.nanoTime() - begin) / 1e3);
            return List.of(
                    Measurement.alone(
                            percent, "m", "processor time for 1,000 idle agents", "% of a core", Target.atMost(3)),
                    Measurement.alone(
                            server.residentMegabytes(), "m", "server resident after that", "MB", Target.atMost(350)));
        } finally {
            agents.forEach(RealAgent::close);
        }
    }
}

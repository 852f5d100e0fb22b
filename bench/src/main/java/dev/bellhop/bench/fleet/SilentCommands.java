// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.fleet;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.execution.CreateExecution;
import dev.bellhop.bench.measure.Benchmark;
import dev.bellhop.bench.measure.Measurement;
import dev.bellhop.bench.measure.Measurement.Target;
import dev.bellhop.bench.measure.Setting;
import dev.bellhop.bench.server.Agents;
import dev.bellhop.bench.server.BenchServer;
import dev.bellhop.testkit.RealAgent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** (i): what 200 running commands that print nothing cost the server, spread over a few agents. */
public final class SilentCommands implements Benchmark {
    private static final int AGENTS = 20;
    private static final int COMMANDS = 200;

    /** Young commands are polled more often. */
    private static final long SETTLE_MILLIS = 15_000;

    private static final long MEASURE_MILLIS = 30_000;

    @Override
    public List<Measurement> run(Setting setting) throws Exception {
        Path folder = Files.createDirectory(setting.scratch().resolve("silent"));
        List<RealAgent> agents = Agents.startAll(folder, 1, AGENTS);
        Map<Long, Path> sockets = new HashMap<>();
        agents.forEach(agent -> sockets.put(sockets.size() + 1L, agent.socket()));
        try (BenchServer server = BenchServer.start(
                        setting.launcher(), setting.disk().resolve("silent"), sockets, setting.spool(), false);
                BellhopClient client = server.client()) {
            CreateExecution silent =
                    CreateExecution.command("sleep 3600").timeoutSeconds(120).build();
            for (int i = 0; i < COMMANDS; i++) {
                client.executions().create(1 + i % AGENTS, silent, null, Duration.ZERO);
            }
            Thread.sleep(SETTLE_MILLIS);
            double before = server.cpuMicros();
            long begin = System.nanoTime();
            Thread.sleep(MEASURE_MILLIS);
            double micros = server.cpuMicros() - before;
            double percent = 100 * micros / ((System.nanoTime() - begin) / 1e3);
            return List.of(Measurement.alone(
                    percent, "i", "processor time for 200 silent commands", "% of a core", Target.atMost(10)));
        } finally {
            agents.forEach(RealAgent::close);
        }
    }
}

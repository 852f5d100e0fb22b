// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.command;

import dev.bellhop.bench.floor.RawAgent;
import dev.bellhop.bench.measure.Benchmark;
import dev.bellhop.bench.measure.Interleaved;
import dev.bellhop.bench.measure.Interleaved.Step;
import dev.bellhop.bench.measure.Interleaved.Timing;
import dev.bellhop.bench.measure.Measurement;
import dev.bellhop.bench.measure.Measurement.Target;
import dev.bellhop.bench.measure.Setting;
import dev.bellhop.bench.server.Agents;
import dev.bellhop.bench.server.BenchServer;
import dev.bellhop.bench.server.CommandClient;
import dev.bellhop.testkit.RealAgent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * (g): one command under the supervisor, with one request that waits for its end, beside the raw floor of (a). Once with the
 * guest's files in memory and once on the disk, one after the other, so that only one server takes turns with the floor.
 */
public final class OneSupervised implements Benchmark {
    private static final long RAW = 1;
    private static final long SUPERVISED = 2;

    @Override
    public List<Measurement> run(Setting setting) throws Exception {
        List<Measurement> measurements = new ArrayList<>();
        measurements.addAll(run(
                setting, "memory", setting.memory().resolve("spool"), "one supervised command", Target.atMost(1.5)));
        if (!setting.isShort()) {
            measurements.addAll(
                    run(setting, "disk", setting.spool(), "the same, the guest's files on this disk", null));
        }
        return measurements;
    }

    private static List<Measurement> run(Setting setting, String name, Path spool, String what, @Nullable Target target)
            throws Exception {
        Path agents = Files.createDirectory(setting.scratch().resolve("supervised-" + name));
        try (RealAgent forRaw = Agents.start(agents, RAW);
                RealAgent forSupervised = Agents.start(agents, SUPERVISED);
                BenchServer server = BenchServer.start(
                        setting.launcher(),
                        setting.disk().resolve("one-supervised-" + name),
                        Map.of(SUPERVISED, forSupervised.socket()),
                        spool,
                        false);
                RawAgent raw = RawAgent.connect(forRaw.socket());
                CommandClient commands = server.commands()) {
            List<Step> ways = List.of(
                    () -> raw.run(0),
                    () -> commands.runWaiting(SUPERVISED, "true"),
                    raw::runInSession,
                    raw::runWithCopiers);
            Interleaved.warmUp(OneCommand.warmUp(setting), ways);
            double cpuBefore = server.cpuMicros();
            int blocks = OneCommand.blocks(setting);
            List<Timing> timings = Interleaved.run(blocks, OneCommand.RUNS, ways);
            double cpu = (server.cpuMicros() - cpuBefore) / (blocks * OneCommand.RUNS);
            Timing floor = timings.get(0);
            Timing value = timings.get(1);
            Timing session = timings.get(2);
            Timing copiers = timings.get(3);
            return List.of(
                    session.against(floor, 0.5, "g", "a session and a subshell alone, beside the next", null),
                    copiers.against(floor, 0.5, "g", "the same with two copiers", null),
                    value.against(copiers, 0.5, "g", what + " beside these", target),
                    value.against(floor, 0.5, "g", what, null),
                    value.against(floor, 0.99, "g", what, null),
                    Measurement.alone(cpu, "g", "the server's processor time for one", "us", null));
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.command;

import dev.bellhop.bench.measure.Benchmark;
import dev.bellhop.bench.measure.Interleaved;
import dev.bellhop.bench.measure.Interleaved.Step;
import dev.bellhop.bench.measure.Interleaved.Timing;
import dev.bellhop.bench.measure.Measurement;
import dev.bellhop.bench.measure.Measurement.Target;
import dev.bellhop.bench.measure.Setting;
import dev.bellhop.bench.server.Agents;
import dev.bellhop.bench.server.BenchServer;
import dev.bellhop.bench.server.Children;
import dev.bellhop.bench.server.CommandClient;
import dev.bellhop.testkit.RealAgent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * (n): the bellhop command as a person types it, a process each time: beside curl, which sends the same request, and beside a
 * JVM that has nothing to do.
 */
public final class ShellCommand implements Benchmark {
    private static final long VM = 1;
    private static final int WARM_UP = 1_000;
    private static final int BLOCKS = 5;
    private static final int RUNS = 4;

    @Override
    public List<Measurement> run(Setting setting) throws Exception {
        Path folder = Files.createDirectory(setting.scratch().resolve("shell"));
        try (RealAgent agent = Agents.start(folder, VM);
                BenchServer server = BenchServer.start(
                        setting.launcher(),
                        setting.disk().resolve("shell"),
                        Map.of(VM, agent.socket()),
                        setting.spool(),
                        false);
                CommandClient commands = server.commands()) {
            Interleaved.warmUp(WARM_UP, List.of(() -> commands.runWaiting(VM, "true")));
            Map<String, String> environment = server.environment();
            List<String> curl = List.of(
                    "curl",
                    "--silent",
                    "--fail",
                    "--header",
                    "Authorization: Bearer " + server.adminKey(),
                    "--json",
                    "{\"command\": \"true\"}",
                    server.url() + "/api/v2/vps/" + VM + "/executions?wait=30");
            String bellhop = setting.launcher().getFirst();
            List<Step> ways = List.of(
                    () -> Children.output(curl),
                    () -> Children.output(List.of(bellhop, "exec", "" + VM, "--", "true"), environment),
                    () -> Children.output(List.of(
                            setting.jvm().getFirst(), "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "--version")),
                    () -> Children.output(List.of(bellhop, "--version")));
            List<Timing> timings = Interleaved.run(BLOCKS, RUNS, ways);
            Timing exec = timings.get(1);
            Timing version = timings.get(3);
            return List.of(
                    exec.against(timings.get(0), 0.5, "n", "bellhop exec beside curl", null),
                    version.against(timings.get(2), 0.5, "n", "bellhop --version beside a bare JVM", null),
                    alone(exec, "bellhop exec", 180),
                    alone(version, "bellhop --version", 120));
        }
    }

    private static Measurement alone(Timing timing, String what, double limit) {
        return Measurement.alone(timing.millisAt(0.5), "n", what + ", p50", "ms", Target.atMost(limit));
    }
}

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
import dev.bellhop.testkit.GuestImage;
import dev.bellhop.testkit.RealAgent;
import dev.bellhop.testkit.RealVm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * (c) and (g): the raw floor and the server again, each with the agent in a real virtual machine under software emulation.
 * Each server is warmed up with an agent on a socket, because so many commands would take too long in such a machine.
 */
public final class OneCommandInVm implements Benchmark {
    /** In the machines. */
    private static final int WARM_UP = 300;

    private static final int SHORT_WARM_UP = 50;

    private static final int BLOCKS = 10;
    private static final int SHORT_BLOCKS = 5;
    private static final int RUNS = 40;
    private static final long WARMING = 1;
    private static final long WARMING_SUPERVISED = 2;
    private static final int RAW = 10001;
    private static final int SERVER = 10002;
    private static final int SUPERVISED = 10003;

    @Override
    public List<Measurement> run(Setting setting) throws Exception {
        Path folder = Files.createDirectory(setting.scratch().resolve("vm"));
        Path spool = setting.memory().resolve("spool");
        try (RealAgent warming = Agents.start(folder, WARMING);
                RealAgent warmingSupervised = Agents.start(folder, WARMING_SUPERVISED);
                RealVm forRaw = RealVm.start(RAW, GuestImage.SMALL, folder);
                RealVm forServer = RealVm.start(SERVER, GuestImage.SMALL, folder);
                BenchServer server = BenchServer.start(
                        setting.launcher(),
                        setting.disk().resolve("real-vm"),
                        Map.of((long) SERVER, forServer.sockets().agent(), WARMING, warming.socket()),
                        null,
                        false);
                RealVm forSupervised = RealVm.start(SUPERVISED, GuestImage.SMALL, folder);
                BenchServer supervising = BenchServer.start(
                        setting.launcher(),
                        setting.disk().resolve("real-vm-supervised"),
                        Map.of(
                                (long) SUPERVISED,
                                forSupervised.sockets().agent(),
                                WARMING_SUPERVISED,
                                warmingSupervised.socket()),
                        spool,
                        false);
                RawAgent raw = RawAgent.connect(forRaw.sockets().agent());
                CommandClient commands = server.commands();
                CommandClient waiting = supervising.commands()) {
            Interleaved.warmUp(
                    OneCommand.warmUp(setting),
                    List.of(
                            () -> commands.run(WARMING, "true", 0),
                            () -> waiting.runWaiting(WARMING_SUPERVISED, "true")));
            List<Step> ways = List.of(
                    () -> raw.run(0),
                    () -> commands.run(SERVER, "true", 0),
                    () -> waiting.runWaiting(SUPERVISED, "true"),
                    raw::runInSession,
                    raw::runWithCopiers);
            Interleaved.warmUp(setting.size(WARM_UP, SHORT_WARM_UP), ways);
            List<Timing> timings = Interleaved.run(setting.size(BLOCKS, SHORT_BLOCKS), RUNS, ways);
            Timing floor = timings.get(0);
            Timing direct = timings.get(1);
            Timing supervised = timings.get(2);
            Timing session = timings.get(3);
            Timing copiers = timings.get(4);
            Target target = Target.atMost(1.8);
            return List.of(
                    direct.against(floor, 0.5, "c", "one command in a real VM", target),
                    direct.against(floor, 0.99, "c", "one command in a real VM", null),
                    session.against(floor, 0.5, "g", "a session and a subshell alone in a real VM", null),
                    copiers.against(floor, 0.5, "g", "the same with two copiers in a real VM", null),
                    supervised.against(
                            copiers, 0.5, "g", "one supervised command in a real VM beside these", Target.atMost(1.5)),
                    supervised.against(floor, 0.5, "g", "one supervised command in a real VM", null),
                    supervised.against(floor, 0.99, "g", "one supervised command in a real VM", null));
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.stream;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.terminal.CreateTerminal;
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
import dev.bellhop.bench.server.BenchVm;
import dev.bellhop.bench.server.CommandClient;
import dev.bellhop.testkit.GuestImage;
import dev.bellhop.testkit.RealAgent;
import dev.bellhop.testkit.RealVm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * (u): one supervised command in a real VM into which a stream is open, as (g); and how long the start of a command takes there, see
 * {@link StartsBesideFile}. A terminal in which nothing happens keeps the stream open.
 */
public final class CommandsBesideStream implements Benchmark {
    private static final int RAW = 10007;
    private static final int VM = 10008;
    private static final long WARMING = 1;
    private static final int WARM_UP_ON_SOCKET = 10_000;
    private static final int WARM_UP = 200;
    private static final int BLOCKS = 10;
    private static final int RUNS = 40;
    private static final CreateTerminal IDLE = new CreateTerminal(80, 24, null, "exec cat", null, null, null);

    @Override
    public List<Measurement> run(Setting setting) throws Exception {
        Path folder = Files.createDirectory(setting.scratch().resolve("beside"));
        try (RealAgent warming = Agents.start(folder, WARMING);
                RealVm forRaw = RealVm.start(RAW, GuestImage.DEBIAN, folder);
                RealVm vm = RealVm.start(VM, GuestImage.DEBIAN, folder);
                BenchServer server = BenchServer.start(
                        setting.launcher(),
                        setting.disk().resolve("beside-stream"),
                        List.of("{type: qemu, vms: {" + VM + ": " + vm.sockets().toYaml() + ", " + WARMING
                                + ": {agent: " + warming.socket() + "}}}"),
                        Path.of("/var/tmp/spool"),
                        false);
                BellhopClient client = server.client();
                CommandClient commands = server.commands()) {
            Interleaved.warmUp(WARM_UP_ON_SOCKET, List.of(() -> commands.runWaiting(WARMING, "true")));
            client.terminals().open(VM, IDLE);
            List<Measurement> all = new ArrayList<>(commands(forRaw, commands));
            try (BenchVm bare = BenchVm.of(forRaw, RAW, folder)) {
                all.addAll(new StartsBesideFile(bare.vm(), server, VM).measure());
            }
            return all;
        }
    }

    private static List<Measurement> commands(RealVm forRaw, CommandClient commands) throws Exception {
        try (RawAgent raw = RawAgent.connect(forRaw.sockets().agent())) {
            List<Step> ways = List.of(() -> raw.run(0), () -> commands.runWaiting(VM, "true"), raw::runInSession);
            Interleaved.warmUp(WARM_UP, ways);
            List<Timing> timings = Interleaved.run(BLOCKS, RUNS, ways);
            Timing floor = timings.get(0);
            Timing supervised = timings.get(1);
            Timing session = timings.get(2);
            return List.of(
                    session.against(floor, 0.5, "u", "a session and a subshell alone, Debian", null),
                    supervised.against(floor, 0.5, "u", "one supervised command by a stream", Target.atMost(1.5)),
                    supervised.against(floor, 0.99, "u", "one supervised command by a stream", null),
                    supervised.against(session, 0.5, "u", "the same beside that session", Target.atMost(1.2)));
        }
    }
}

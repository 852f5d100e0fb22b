// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench;

import dev.bellhop.bench.Interleaved.Step;
import dev.bellhop.bench.Interleaved.Timing;
import dev.bellhop.bench.Measurement.Target;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * (c) and (g): the raw floor and the server again, each with the agent in a real virtual machine under software emulation.
 * The servers are warmed up with an agent on a socket each, since so many commands in such a machine would take too long.
 */
final class RealVm implements Benchmark {
    /** In the machines. */
    private static final int WARM_UP = 300;

    private static final int BLOCKS = 10;
    private static final int RUNS = 40;
    private static final long WARMING = 1;
    private static final long WARMING_SUPERVISED = 2;
    private static final long RAW = 10001;
    private static final long SERVER = 10002;
    private static final long SUPERVISED = 10003;

    @Override
    public List<Measurement> run(Setting setting) throws Exception {
        Path folder = Files.createDirectory(setting.scratch().resolve("vm"));
        Path spool = setting.memory().resolve("spool");
        try (AgentProcess warming = AgentProcess.start(folder, WARMING);
                AgentProcess warmingSupervised = AgentProcess.start(folder, WARMING_SUPERVISED);
                Guest forRaw = Guest.boot(setting, folder, RAW);
                Guest forServer = Guest.boot(setting, folder, SERVER);
                ServerProcess server = ServerProcess.start(
                        setting.launcher(),
                        setting.disk().resolve("real-vm"),
                        Map.of(SERVER, forServer.agent(), WARMING, warming.socket()),
                        null,
                        false);
                Guest forSupervised = Guest.boot(setting, folder, SUPERVISED);
                ServerProcess supervising = ServerProcess.start(
                        setting.launcher(),
                        setting.disk().resolve("real-vm-supervised"),
                        Map.of(SUPERVISED, forSupervised.agent(), WARMING_SUPERVISED, warmingSupervised.socket()),
                        spool,
                        false);
                RawAgent raw = RawAgent.connect(forRaw.agent());
                CommandClient commands = server.commands();
                CommandClient waiting = supervising.commands()) {
            Interleaved.warmUp(
                    OneCommand.WARM_UP,
                    List.of(
                            () -> commands.run(WARMING, "true", 0),
                            () -> waiting.runWaiting(WARMING_SUPERVISED, "true")));
            List<Step> ways = List.of(
                    () -> raw.run(0),
                    () -> commands.run(SERVER, "true", 0),
                    () -> waiting.runWaiting(SUPERVISED, "true"),
                    raw::runInSession);
            Interleaved.warmUp(WARM_UP, ways);
            List<Timing> timings = Interleaved.run(BLOCKS, RUNS, ways);
            Timing floor = timings.get(0);
            Timing direct = timings.get(1);
            Timing supervised = timings.get(2);
            Timing session = timings.get(3);
            Target target = Target.atMost(1.8);
            return List.of(
                    direct.against(floor, 0.5, "c", "one command in a real VM", target),
                    direct.against(floor, 0.99, "c", "one command in a real VM", null),
                    session.against(floor, 0.5, "g", "a session and a subshell alone in a real VM", null),
                    supervised.against(floor, 0.5, "g", "one supervised command in a real VM", target),
                    supervised.against(floor, 0.99, "g", "one supervised command in a real VM", null));
        }
    }

    /** A virtual machine of script/vm. */
    private record Guest(Setting setting, Path folder, long vmid) implements AutoCloseable {
        static Guest boot(Setting setting, Path folder, long vmid) throws IOException {
            Guest guest = new Guest(setting, folder, vmid);
            guest.script("start");
            return guest;
        }

        Path agent() {
            return folder.resolve(vmid + ".qga");
        }

        private void script(String action) throws IOException {
            Children.output(List.of(
                    setting.root().resolve("script/vm").toString(),
                    action,
                    Long.toString(vmid),
                    "--run-dir",
                    folder.toString()));
        }

        @Override
        public void close() throws IOException {
            script("stop");
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.ssh;

import dev.bellhop.bench.measure.Benchmark;
import dev.bellhop.bench.measure.Interleaved;
import dev.bellhop.bench.measure.Measurement;
import dev.bellhop.bench.measure.Measurement.Target;
import dev.bellhop.bench.measure.Samples;
import dev.bellhop.bench.measure.Setting;
import dev.bellhop.bench.server.Agents;
import dev.bellhop.bench.server.BenchServer;
import dev.bellhop.bench.server.CommandClient;
import dev.bellhop.testkit.RealAgent;
import dev.bellhop.testkit.ServerProcess;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** (z): one supervised command over HTTP while a stranger begins key exchanges at the SSH door, and without the stranger. */
public final class CommandBesideKeyExchanges implements Benchmark {
    private static final long VM = 1;
    private static final int PER_SECOND = 200;
    private static final int WARM_UP = 1_000;
    private static final int SHORT_WARM_UP = 200;
    private static final int BLOCKS = 6;
    private static final int SHORT_BLOCKS = 3;
    private static final int SECONDS = 5;
    private static final double MAX_RATIO = 3;

    @Override
    public List<Measurement> run(Setting setting) throws Exception {
        InetSocketAddress ssh = new InetSocketAddress(InetAddress.getLoopbackAddress(), ServerProcess.freePort());
        try (RealAgent agent =
                        Agents.start(Files.createDirectory(setting.scratch().resolve("exchanges")), VM);
                BenchServer server = BenchServer.start(
                        setting.launcher(),
                        setting.disk().resolve("exchanges"),
                        BenchServer.configuration(
                                        List.of(BenchServer.qemu(Map.of(VM, agent.socket()))),
                                        setting.memory().resolve("spool"))
                                + "ssh: {listen: '127.0.0.1:" + ssh.getPort() + "', passwords: true}\n",
                        false);
                CommandClient commands = server.commands()) {
            Interleaved.warmUp(setting.size(WARM_UP, SHORT_WARM_UP), List.of(() -> commands.runWaiting(VM, "true")));
            Samples calm = new Samples();
            Samples beside = new Samples();
            long connections = 0;
            for (int block = 0; block < setting.size(BLOCKS, SHORT_BLOCKS); block++) {
                measure(commands, calm);
                try (KeyExchangeFlood flood = new KeyExchangeFlood(ssh, PER_SECOND)) {
                    measure(commands, beside);
                    connections += flood.begun();
                }
            }
            double perSecond = (double) connections / (SECONDS * setting.size(BLOCKS, SHORT_BLOCKS));
            return List.of(
                    row(calm, beside, 0.5, Target.atMost(MAX_RATIO)),
                    row(calm, beside, 0.99, null),
                    Measurement.alone(perSecond, "z", "connections to the SSH door in that time", "/s", null));
        }
    }

    private static void measure(CommandClient commands, Samples samples) throws Exception {
        for (long end = System.nanoTime() + SECONDS * 1_000_000_000L; System.nanoTime() < end; ) {
            long begin = System.nanoTime();
            commands.runWaiting(VM, "true");
            samples.add(System.nanoTime() - begin);
        }
    }

    private static Measurement row(Samples calm, Samples beside, double fraction, @Nullable Target target) {
        return Measurement.against(
                calm.millisAt(fraction),
                beside.millisAt(fraction),
                "z",
                "one command beside " + PER_SECOND + " key exchanges a second, p" + Math.round(100 * fraction),
                "ms",
                target,
                0);
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.fleet;

import dev.bellhop.bench.floor.BareStart;
import dev.bellhop.bench.measure.Benchmark;
import dev.bellhop.bench.measure.Measurement;
import dev.bellhop.bench.measure.Measurement.Target;
import dev.bellhop.bench.measure.Samples;
import dev.bellhop.bench.measure.Setting;
import dev.bellhop.bench.server.BenchServer;
import dev.bellhop.testkit.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * (f): from the start of the process until /healthz reports ready, with 1,000 VMs configured; beside a program that opens the same
 * libraries alone, and without the AOT cache.
 */
public final class StartUp implements Benchmark {
    private static final int STARTS = 7;
    private static final double MAX_RATIO = 2;

    @Override
    public List<Measurement> run(Setting setting) throws Exception {
        Map<Long, Path> sockets = new HashMap<>();
        for (long vmid = 1; vmid <= Fleet.AGENTS; vmid++) {
            sockets.put(vmid, setting.scratch().resolve(vmid + ".qga"));
        }
        Path folder = setting.disk().resolve("start-up");
        double first = millis(setting, folder, sockets, false);
        Path bare = Files.createDirectory(setting.disk().resolve("bare-start"));
        String configuration = BenchServer.configuration(List.of(BenchServer.qemu(sockets)), setting.spool());
        double ignored = bareMillis(setting, bare, configuration);
        List<Double> floor = new ArrayList<>();
        List<Double> with = new ArrayList<>();
        List<Double> without = new ArrayList<>();
        for (int i = 0; i < STARTS; i++) {
            floor.add(bareMillis(setting, bare, configuration));
            with.add(millis(setting, folder, sockets, false));
            without.add(millis(setting, folder, sockets, true));
        }
        return List.of(
                Measurement.alone(first, "f", "first start ever, until ready", "ms", null),
                Measurement.against(
                        Samples.median(floor),
                        Samples.median(with),
                        "f",
                        "start until ready",
                        "ms",
                        Target.atMost(MAX_RATIO),
                        Samples.spread(floor)),
                new Measurement(
                        "f",
                        "start until ready, no AOT cache",
                        "ms",
                        null,
                        Samples.median(without),
                        null,
                        Samples.spread(without)));
    }

    private static double bareMillis(Setting setting, Path folder, String configuration) throws IOException {
        try (ServerProcess bare = BareStart.start(setting, folder, configuration)) {
            return bare.startUp().toNanos() / 1e6;
        }
    }

    private static double millis(Setting setting, Path folder, Map<Long, Path> sockets, boolean noAotCache)
            throws IOException {
        try (BenchServer server = BenchServer.start(setting.launcher(), folder, sockets, setting.spool(), noAotCache)) {
            return server.startUp().toNanos() / 1e6;
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.http;

import dev.bellhop.bench.floor.BareServer;
import dev.bellhop.bench.measure.Benchmark;
import dev.bellhop.bench.measure.Measurement;
import dev.bellhop.bench.measure.Measurement.Target;
import dev.bellhop.bench.measure.Samples;
import dev.bellhop.bench.measure.Setting;
import dev.bellhop.bench.server.Agents;
import dev.bellhop.bench.server.BenchServer;
import dev.bellhop.bench.server.CommandClient;
import dev.bellhop.bench.server.RawHttp;
import dev.bellhop.testkit.RealAgent;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleSupplier;
import java.util.function.ToDoubleFunction;

/**
 * (d): the result of a finished command, read over 64 connections, beside a bare Jetty handler that sends as many bytes.
 * Rounds in turns; each figure is the median of its rounds.
 */
public final class ReadResult implements Benchmark {
    private static final int CONNECTIONS = 64;
    private static final int WARM_UP_SECONDS = 24;
    private static final int SECONDS = 6;
    private static final int ROUNDS = 3;
    private static final long VM = 1;

    @Override
    public List<Measurement> run(Setting setting) throws Exception {
        Path folder = Files.createDirectory(setting.scratch().resolve("read"));
        try (RealAgent agent = Agents.start(folder, VM);
                BenchServer server = BenchServer.start(
                        setting.launcher(),
                        setting.disk().resolve("read-result"),
                        Map.of(VM, agent.socket()),
                        setting.spool(),
                        false);
                CommandClient commands = server.commands();
                RawHttp http = RawHttp.connect(server.address(), server.adminKey())) {
            String result = commands.run(VM, "echo hello from the guest", 0);
            RawHttp.Answer sample = http.get(result).expect(200);
            try (BareServer.Running bare = BareServer.start(setting, folder, sample)) {
                return measure(
                        new Side(bare.address(), bare::cpuMicros, result, server.adminKey()),
                        new Side(server.address(), server::cpuMicros, result, server.adminKey()));
            }
        }
    }

    private static List<Measurement> measure(Side bare, Side bellhop) throws IOException {
        for (int spent = 0; spent < WARM_UP_SECONDS; spent += SECONDS) {
            bare.round();
            bellhop.round();
        }
        List<Round> floor = new ArrayList<>();
        List<Round> measured = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            floor.add(bare.round());
            measured.add(bellhop.round());
        }
        floor.add(bare.round());
        double noise = Samples.spread(floor.stream().map(Round::perSecond).toList());
        return List.of(
                row(floor, measured, Round::perSecond, "results read, 64 connections", "1/s", noise),
                row(floor, measured, Round::p99Millis, "results read, 64 connections, p99", "ms", noise),
                row(floor, measured, Round::cpuMicros, "the server's processor time for one", "us", noise));
    }

    private static Measurement row(
            List<Round> floor,
            List<Round> measured,
            ToDoubleFunction<Round> figure,
            String what,
            String unit,
            double noise) {
        return Measurement.against(
                Samples.median(floor.stream().map(figure::applyAsDouble).toList()),
                Samples.median(measured.stream().map(figure::applyAsDouble).toList()),
                "d",
                what,
                unit,
                unit.equals("1/s") ? Target.atLeast(0.5) : null,
                noise);
    }

    /** The result of one round; the processor time is the server's own, for each answer. */
    private record Round(double perSecond, double p99Millis, double cpuMicros) {}

    /** One of the two servers. */
    private record Side(InetSocketAddress address, DoubleSupplier cpuMicros, String path, String key) {
        Round round() throws IOException {
            double before = cpuMicros.getAsDouble();
            Wrk.Load load = Wrk.run(address, path, key, CONNECTIONS, SECONDS);
            return new Round(load.perSecond(), load.p99Millis(), (cpuMicros.getAsDouble() - before) / load.answers());
        }
    }
}

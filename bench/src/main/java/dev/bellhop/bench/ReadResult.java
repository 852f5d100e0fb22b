// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench;

import dev.bellhop.bench.Measurement.Target;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * (d): the result of a finished command, read over 64 connections, beside a bare Jetty handler that answers as many
 * bytes. Rounds in turns; each figure is the median of its rounds.
 */
final class ReadResult implements Benchmark {
    private static final int CONNECTIONS = 64;
    private static final int WARM_UP_SECONDS = 8;
    private static final int SECONDS = 6;
    private static final int ROUNDS = 3;
    private static final long VM = 1;

    @Override
    public List<Measurement> run(Setting setting) throws Exception {
        Path folder = Files.createDirectory(setting.scratch().resolve("read"));
        try (AgentProcess agent = AgentProcess.start(folder, VM);
                ServerProcess server = ServerProcess.start(
                        setting.launcher(), setting.disk().resolve("read-result"), Map.of(VM, agent.socket()), false);
                CommandClient commands = server.commands();
                RawHttp http = RawHttp.connect(server.address(), server.adminKey())) {
            String result = commands.run(VM, "echo hello from the guest", 0);
            RawHttp.Answer sample = http.get(result).expect(200);
            try (BareServer.Running bare = BareServer.start(setting, folder, sample)) {
                return measure(
                        () -> Wrk.run(bare.address(), result, server.adminKey(), CONNECTIONS, SECONDS),
                        () -> Wrk.run(server.address(), result, server.adminKey(), CONNECTIONS, SECONDS));
            }
        }
    }

    private interface Round {
        Wrk.Load run() throws Exception;
    }

    private static List<Measurement> measure(Round bare, Round bellhop) throws Exception {
        for (int spent = 0; spent < WARM_UP_SECONDS; spent += SECONDS) {
            bare.run();
            bellhop.run();
        }
        List<Wrk.Load> floor = new ArrayList<>();
        List<Wrk.Load> measured = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            floor.add(bare.run());
            measured.add(bellhop.run());
        }
        floor.add(bare.run());
        List<Double> floorRates = floor.stream().map(Wrk.Load::perSecond).toList();
        double noise = Samples.spread(floorRates);
        return List.of(
                Measurement.against(
                        Samples.median(floorRates),
                        Samples.median(
                                measured.stream().map(Wrk.Load::perSecond).toList()),
                        "d",
                        "results read, 64 connections",
                        "1/s",
                        Target.atLeast(0.5),
                        noise),
                Measurement.against(
                        Samples.median(floor.stream().map(Wrk.Load::p99Millis).toList()),
                        Samples.median(
                                measured.stream().map(Wrk.Load::p99Millis).toList()),
                        "d",
                        "results read, 64 connections, p99",
                        "ms",
                        null,
                        noise));
    }
}

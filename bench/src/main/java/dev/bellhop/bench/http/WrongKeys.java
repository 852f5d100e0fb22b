// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.http;

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
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * (k): 200,000 requests with wrong keys over 250 connections, and how they affect a client with a good key at the same
 * address; the server's memory, and the size of its log. Every second wrong key has the id of a good one, which costs the
 * server more.
 */
public final class WrongKeys implements Benchmark {
    private static final int CONNECTIONS = 250;
    private static final int FLOOD = 200_000;
    private static final int WARM_UP = 5_000;
    private static final int QUIET = 3_000;
    private static final long PAUSE_MILLIS = 2;
    private static final long LOG_SETTLES_MILLIS = 500;
    private static final long VM = 1;

    /** Digits of a key's secret; what stands before them is its id. */
    private static final int SECRET_DIGITS = 64;

    @Override
    public List<Measurement> run(Setting setting) throws Exception {
        try (RealAgent agent =
                        Agents.start(Files.createDirectory(setting.scratch().resolve("wrong")), VM);
                BenchServer server = BenchServer.start(
                        setting.launcher(),
                        setting.disk().resolve("wrong-keys"),
                        Map.of(VM, agent.socket()),
                        setting.spool(),
                        false);
                CommandClient commands = server.commands();
                RawHttp good = RawHttp.connect(server.address(), server.adminKey())) {
            String result = commands.run(VM, "echo hello from the guest", 0);
            for (int i = 0; i < WARM_UP; i++) {
                good.get(result).expect(200);
            }
            long logAtFirst = settledLog(server);
            Samples quiet = new Samples();
            while (quiet.count() < QUIET) {
                read(good, result, quiet);
            }
            double memoryBefore = server.residentMegabytes();
            long logBefore = settledLog(server);
            long begin = System.nanoTime();
            Samples flooded = new Samples();
            try (Flood flood = Flood.start(server.address(), wrongKeys(server.adminKey()))) {
                while (flood.goesOn()) {
                    read(good, result, flooded);
                }
            }
            // Each of the good key's requests has a line, in the flood as before it.
            double ownLines = (double) (logBefore - logAtFirst) / quiet.count() * flooded.count();
            double written = settledLog(server) - logBefore;
            double seconds = (System.nanoTime() - begin) / 1e9;
            return List.of(
                    Measurement.against(
                            quiet.millisAt(0.99),
                            flooded.millisAt(0.99),
                            "k",
                            "a good key in a flood of wrong ones, p99",
                            "ms",
                            Target.atMost(3),
                            0),
                    Measurement.alone(FLOOD / seconds, "k", "wrong keys refused", "1/s", null),
                    Measurement.alone(memoryBefore, "k", "resident before the flood", "MB", null),
                    Measurement.alone(server.residentMegabytes(), "k", "resident after it", "MB", Target.atMost(256)),
                    Measurement.alone(ownLines / 1e6, "k", "written to the log for the good key", "MB", null),
                    Measurement.alone(
                            (written - ownLines) / 1e6,
                            "k",
                            "written to the log for the wrong ones",
                            "MB",
                            Target.atMost(1)));
        }
    }

    /** The size of the log once everything is in it; it is written in batches. */
    private static long settledLog(BenchServer server) throws Exception {
        Thread.sleep(LOG_SETTLES_MILLIS);
        return server.logBytes();
    }

    /** At the pace of a client that has other things to do, so that it is not part of the flood. */
    private static void read(RawHttp good, String result, Samples samples) throws Exception {
        long begin = System.nanoTime();
        good.get(result).expect(200);
        samples.add(System.nanoTime() - begin);
        Thread.sleep(PAUSE_MILLIS);
    }

    private static List<String> wrongKeys(String goodKey) {
        String id = goodKey.substring(0, goodKey.length() - SECRET_DIGITS);
        Random random = new Random(1);
        List<String> keys = new ArrayList<>();
        for (int i = 0; i < CONNECTIONS; i++) {
            byte[] secret = new byte[SECRET_DIGITS / 2];
            random.nextBytes(secret);
            String ofNoKey = String.format("bellhop_%012x_", i);
            keys.add((i % 2 == 0 ? id : ofNoKey) + HexFormat.of().formatHex(secret));
        }
        return keys;
    }

    /** The requests, over one connection for each key. */
    private record Flood(ExecutorService threads, List<Future<Void>> senders) implements AutoCloseable {
        static Flood start(InetSocketAddress address, List<String> keys) {
            ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
            List<Future<Void>> senders = new ArrayList<>();
            for (String key : keys) {
                senders.add(threads.submit(() -> send(address, key, FLOOD / keys.size())));
            }
            return new Flood(threads, senders);
        }

        private static Void send(InetSocketAddress address, String key, int requests) throws IOException {
            try (RawHttp http = RawHttp.connect(address, key)) {
                for (int i = 0; i < requests; i++) {
                    int status = http.get("/api/v2/vps").status();
                    if (status != 401 && status != 429) {
                        throw new IOException("Expected a wrong key to be refused, got HTTP " + status);
                    }
                }
            }
            return null;
        }

        boolean goesOn() throws Exception {
            for (Future<Void> sender : senders) {
                if (!sender.isDone()) {
                    return true;
                }
                sender.get(); // Throws what went wrong with it.
            }
            return false;
        }

        @Override
        public void close() {
            threads.shutdownNow();
            threads.close();
        }
    }
}

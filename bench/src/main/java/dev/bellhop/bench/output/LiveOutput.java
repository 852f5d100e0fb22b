// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.output;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.ExecutionEvent;
import dev.bellhop.api.client.ExecutionEvents;
import dev.bellhop.api.v2.execution.CreateExecution;
import dev.bellhop.bench.measure.Benchmark;
import dev.bellhop.bench.measure.Measurement;
import dev.bellhop.bench.measure.Measurement.Target;
import dev.bellhop.bench.measure.Samples;
import dev.bellhop.bench.measure.Setting;
import dev.bellhop.bench.server.Agents;
import dev.bellhop.bench.server.BenchServer;
import dev.bellhop.testkit.RealAgent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;

/**
 * (h): how late a line that a command prints every 100 ms reaches a client that follows it. The command prints the time, by
 * this machine's own clock.
 */
public final class LiveOutput implements Benchmark {
    private static final long VM = 1;
    private static final int LINES = 600;
    private static final String PRINTER =
            "i=0; while [ $i -lt " + LINES + " ]; do date +%s%N; sleep 0.1; i=$((i+1)); done";

    @Override
    public List<Measurement> run(Setting setting) throws Exception {
        try (RealAgent agent =
                        Agents.start(Files.createDirectory(setting.scratch().resolve("live")), VM);
                BenchServer server = BenchServer.start(
                        setting.launcher(),
                        setting.disk().resolve("live-output"),
                        Map.of(VM, agent.socket()),
                        setting.spool(),
                        false);
                BellhopClient client = server.client()) {
            Samples lags = follow(client, client);
            return List.of(
                    Measurement.alone(
                            lags.millisAt(0.5), "h", "lag of a line every 100 ms, p50", "ms", Target.atMost(60)),
                    Measurement.alone(
                            lags.millisAt(0.99), "h", "lag of a line every 100 ms, p99", "ms", Target.atMost(300)));
        }
    }

    /** The lags of all lines of a command in VM 1. */
    public static Samples follow(BellhopClient starter, BellhopClient client) throws Exception {
        String id = starter.executions()
                .create(VM, CreateExecution.command(PRINTER).build(), null, Duration.ZERO)
                .id();
        Samples lags = new Samples();
        StringBuilder line = new StringBuilder();
        try (ExecutionEvents events = client.executions().events(id, null, Duration.ZERO)) {
            for (var event = events.next(); event.isPresent(); event = events.next()) {
                if (event.get() instanceof ExecutionEvent.Output output) {
                    long now = nanosOf(Instant.now());
                    line.append(new String(output.bytes(), StandardCharsets.US_ASCII));
                    for (int end = line.indexOf("\n"); end >= 0; end = line.indexOf("\n")) {
                        lags.add(now - Long.parseLong(line.substring(0, end)));
                        line.delete(0, end + 1);
                    }
                }
            }
        }
        if (lags.count() != LINES) {
            throw new IOException("Expected " + LINES + " lines, got " + lags.count());
        }
        return lags;
    }

    private static long nanosOf(Instant time) {
        return ChronoUnit.NANOS.between(Instant.EPOCH, time);
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.output;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.ExecutionEvent;
import dev.bellhop.api.client.ExecutionEvents;
import dev.bellhop.api.v2.execution.CreateExecution;
import dev.bellhop.api.v2.execution.ExecutionView;
import dev.bellhop.bench.measure.Benchmark;
import dev.bellhop.bench.measure.Measurement;
import dev.bellhop.bench.measure.Measurement.Target;
import dev.bellhop.bench.measure.Samples;
import dev.bellhop.bench.measure.Setting;
import dev.bellhop.bench.server.Agents;
import dev.bellhop.bench.server.BenchServer;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.qga.client.AgentClient;
import dev.bellhop.testkit.RealAgent;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * (j): a million lines, 100 MB, followed by a client that checks each byte, beside reading a file of that size through the
 * agent alone; the same for the first such command of a server; and how long the start of another command in the same VM
 * takes meanwhile.
 */
public final class LargeOutput implements Benchmark {
    private static final long VM = 1;
    private static final int LINES = 1_000_000;
    private static final double MEGABYTES = LINES * 100 / 1e6;
    /** How often all is sent before it is measured: until then the server and the client are compiled as they run. */
    private static final int WARM_UP = 4;

    private static final int CHUNK = 64 * 1024;
    private static final long BETWEEN_STARTS_MILLIS = 200;

    @Override
    public List<Measurement> run(Setting setting) throws Exception {
        Path lines = setting.disk().resolve("lines");
        byte[] expected = write(lines);
        try (RealAgent agent =
                Agents.start(Files.createDirectory(setting.scratch().resolve("large")), VM)) {
            readAlone(agent, lines);
            double before = readAlone(agent, lines);
            Followed first;
            Followed followed;
            try (BenchServer server = BenchServer.start(
                            setting.launcher(),
                            setting.disk().resolve("large-output"),
                            Map.of(VM, agent.socket()),
                            setting.spool(),
                            false);
                    BellhopClient client = server.client()) {
                first = follow(client, lines, expected);
                for (int i = 0; i < WARM_UP; i++) {
                    follow(client, lines, expected);
                }
                followed = follow(client, lines, expected);
            }
            double after = readAlone(agent, lines);
            List<Double> alone = List.of(before, after);
            return List.of(
                    Measurement.against(
                            Samples.median(alone),
                            followed.rate,
                            "j",
                            "100 MB of output to a client",
                            "MB/s",
                            Target.atLeast(0.5),
                            Samples.spread(alone)),
                    Measurement.against(
                            Samples.median(alone),
                            first.rate,
                            "j",
                            "the first after the server's start",
                            "MB/s",
                            null,
                            Samples.spread(alone)),
                    Measurement.alone(
                            followed.starts.millisAt(0.5), "j", "another command's start meanwhile, p50", "ms", null),
                    Measurement.alone(
                            followed.starts.millisAt(1),
                            "j",
                            "another command's start meanwhile, longest",
                            "ms",
                            Target.atMost(100)));
        }
    }

    /** Writes the lines to a file, so that making them is not measured; returns their digest. */
    private static byte[] write(Path file) throws Exception {
        try (BufferedWriter writer = Files.newBufferedWriter(file)) {
            for (int line = 1; line <= LINES; line++) {
                writer.write("%099d\n".formatted(line));
            }
        }
        MessageDigest digest = sha256();
        try (DigestInputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
            in.transferTo(java.io.OutputStream.nullOutputStream());
        }
        return digest.digest();
    }

    private static double readAlone(RealAgent agent, Path file) throws Exception {
        Deadline deadline = Deadline.after(Duration.ofMinutes(5));
        try (GuestAgent client = AgentClient.onUnixSocket(agent.socket(), GuestAgentOptions.defaults())) {
            long handle = client.fileOpen(file.toString(), "r", deadline);
            long begin = System.nanoTime();
            long bytes = 0;
            for (int read = -1; read != 0; bytes += read) {
                read = client.fileRead(handle, CHUNK, deadline).data().length;
            }
            double rate = bytes / 1e6 / ((System.nanoTime() - begin) / 1e9);
            client.fileClose(handle, deadline);
            return rate;
        }
    }

    private record Followed(double rate, Samples starts) {}

    private static Followed follow(BellhopClient client, Path lines, byte[] expected) throws Exception {
        CreateExecution another = CreateExecution.command("true").build();
        // The first of all asks the guest what it can do.
        client.executions().create(VM, another, null, Duration.ofSeconds(30));
        long begin = System.nanoTime();
        String id = client.executions()
                .create(
                        VM,
                        CreateExecution.argv(List.of("cat", lines.toString())).build(),
                        null,
                        Duration.ZERO)
                .id();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Samples> starts = threads.submit(() -> startOthers(client, id, another));
            MessageDigest digest = sha256();
            ExecutionView end = digestOf(client, id, digest);
            double seconds = (System.nanoTime() - begin) / 1e9;
            if (!Arrays.equals(digest.digest(), expected) || !Integer.valueOf(0).equals(end.exitCode())) {
                throw new IOException("The output is not what the command wrote");
            }
            return new Followed(MEGABYTES / seconds, starts.get());
        }
    }

    private static ExecutionView digestOf(BellhopClient client, String id, MessageDigest digest) throws Exception {
        long offset = 0;
        try (ExecutionEvents events = client.executions().events(id, null, Duration.ZERO)) {
            for (var event = events.next(); event.isPresent(); event = events.next()) {
                switch (event.get()) {
                    case ExecutionEvent.Output output -> {
                        if (output.offset() != offset) {
                            throw new IOException("Expected output from " + offset + " on, got " + output);
                        }
                        digest.update(output.bytes());
                        offset += output.bytes().length;
                    }
                    case ExecutionEvent.State state
                    when state.execution().ended() -> {
                        return state.execution();
                    }
                    case ExecutionEvent.State state -> {}
                    case ExecutionEvent.Heartbeat heartbeat -> {}
                }
            }
        }
        throw new IOException("The events ended before the execution did");
    }

    private static Samples startOthers(BellhopClient client, String id, CreateExecution another) throws Exception {
        Samples starts = new Samples();
        while (!client.executions().get(id, Duration.ZERO).ended()) {
            long begin = System.nanoTime();
            client.executions().create(VM, another, null, Duration.ZERO);
            starts.add(System.nanoTime() - begin);
            Thread.sleep(BETWEEN_STARTS_MILLIS);
        }
        return starts;
    }

    private static MessageDigest sha256() throws Exception {
        return MessageDigest.getInstance("SHA-256");
    }
}

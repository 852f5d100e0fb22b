// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench;

import dev.bellhop.bench.Interleaved.Step;
import dev.bellhop.bench.Interleaved.Timing;
import dev.bellhop.bench.Measurement.Target;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.GuestAgentOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * (a), (b) and (g): one command on one qemu-ga, from the request until it is known to have exited. Six ways in turns: the raw
 * floor, this project's agent client in this process, the server with every step durable and the agent
 * alone to look after the command, the same with the supervisor and one request that waits for the end, with the guest's
 * files in memory and on the disk, and, to tell what durable costs here, an append of 4 KiB that is forced to the disk.
 */
final class OneCommand implements Benchmark {
    /** The server's JVM compiles for so long; with 5,000 its processor time for a command is a tenth higher. */
    private static final int WARM_UP = 12_000;

    private static final int BLOCKS = 20;
    private static final int RUNS = 150;
    private static final long RAW = 1;
    private static final long CLIENT = 2;
    private static final long SERVER = 3;
    private static final long SUPERVISED = 4;
    private static final long ON_DISK = 5;

    @Override
    public List<Measurement> run(Setting setting) throws Exception {
        // An agent serves one connection at a time, so each way has one of its own.
        try (AgentProcess forRaw = AgentProcess.start(setting.scratch(), RAW);
                AgentProcess forClient = AgentProcess.start(setting.scratch(), CLIENT);
                AgentProcess forServer = AgentProcess.start(setting.scratch(), SERVER);
                ServerProcess server = ServerProcess.start(
                        setting.launcher(),
                        setting.disk().resolve("one-command"),
                        Map.of(SERVER, forServer.socket()),
                        null,
                        false);
                AgentProcess forSupervised = AgentProcess.start(setting.scratch(), SUPERVISED);
                ServerProcess supervising = ServerProcess.start(
                        setting.launcher(),
                        setting.disk().resolve("one-supervised"),
                        Map.of(SUPERVISED, forSupervised.socket()),
                        setting.memory().resolve("spool"),
                        false);
                AgentProcess forOnDisk = AgentProcess.start(setting.scratch(), ON_DISK);
                ServerProcess onDisk = ServerProcess.start(
                        setting.launcher(),
                        setting.disk().resolve("one-on-disk"),
                        Map.of(ON_DISK, forOnDisk.socket()),
                        setting.spool(),
                        false);
                RawAgent raw = RawAgent.connect(forRaw.socket());
                GuestAgent client = GuestAgent.onUnixSocket(forClient.socket(), GuestAgentOptions.defaults());
                CommandClient commands = server.commands();
                CommandClient waiting = supervising.commands();
                CommandClient waitingOnDisk = onDisk.commands();
                FileChannel file = newFile(setting.disk().resolve("appended"))) {
            List<Step> ways = List.of(
                    () -> raw.run(0),
                    () -> runWith(client),
                    () -> commands.run(SERVER, "true", 0),
                    append(file),
                    () -> waiting.runWaiting(SUPERVISED, "true"),
                    () -> waitingOnDisk.runWaiting(ON_DISK, "true"));
            Interleaved.warmUp(WARM_UP, ways);
            double cpuBefore = server.cpuMicros();
            List<Timing> timings = Interleaved.run(BLOCKS, RUNS, ways);
            return results(timings, (server.cpuMicros() - cpuBefore) / (BLOCKS * RUNS));
        }
    }

    private static List<Measurement> results(List<Timing> timings, double cpuMicros) {
        Timing raw = timings.get(0);
        Timing client = timings.get(1);
        Timing server = timings.get(2);
        Timing supervised = timings.get(4);
        Timing onDisk = timings.get(5);
        double noise = raw.spread();
        return List.of(
                Measurement.against(
                        raw.millisAt(0.5), client.millisAt(0.5), "a", "agent client alone, p50", "ms", null, noise),
                Measurement.against(
                        raw.millisAt(0.99), client.millisAt(0.99), "a", "agent client alone, p99", "ms", null, noise),
                Measurement.alone(timings.get(3).millisAt(0.5), "a", "append of 4 KiB, forced, p50", "ms", null),
                Measurement.against(
                        raw.millisAt(0.5),
                        server.millisAt(0.5),
                        "b",
                        "one command through the server, p50",
                        "ms",
                        Target.atMost(1.8),
                        noise),
                Measurement.against(
                        raw.millisAt(0.99),
                        server.millisAt(0.99),
                        "b",
                        "one command through the server, p99",
                        "ms",
                        null,
                        noise),
                Measurement.alone(cpuMicros, "b", "the server's processor time for one", "us", null),
                Measurement.against(
                        raw.millisAt(0.5),
                        supervised.millisAt(0.5),
                        "g",
                        "one supervised command, p50",
                        "ms",
                        Target.atMost(2.4),
                        noise),
                Measurement.against(
                        raw.millisAt(0.99),
                        supervised.millisAt(0.99),
                        "g",
                        "one supervised command, p99",
                        "ms",
                        null,
                        noise),
                Measurement.against(
                        raw.millisAt(0.5),
                        onDisk.millisAt(0.5),
                        "g",
                        "the same, the guest's files on this disk, p50",
                        "ms",
                        null,
                        noise));
    }

    private static void runWith(GuestAgent agent) throws Exception {
        Deadline deadline = Deadline.after(Duration.ofSeconds(10));
        long pid = agent.exec(ExecCommand.of("/bin/sh", "-c", "true"), deadline);
        while (!agent.execStatus(pid, deadline).exited()) {
            // As the raw floor does: ask again at once.
        }
    }

    private static FileChannel newFile(Path path) throws IOException {
        return FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }

    private static Step append(FileChannel file) {
        ByteBuffer page = ByteBuffer.allocateDirect(4096);
        return () -> {
            file.write(page.clear());
            file.force(false);
        };
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.command;

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
import dev.bellhop.bench.server.CommandClient;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.qga.client.AgentClient;
import dev.bellhop.testkit.RealAgent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * (a) and (b): one command on one qemu-ga, from the request until its exit is known. Four ways in turns: the raw floor; this
 * project's agent client in this process; the server, with every step durable and without the supervisor; and an append of 4
 * KiB that is forced to the disk, to show what durability costs here.
 */
public final class OneCommand implements Benchmark {
    /**
     * The server's JVM keeps compiling this long; after 12,000 commands its processor time for one is still half as high
     * again.
     */
    private static final int WARM_UP = 40_000;

    /** For a short run. The server is not fully compiled by then, so its ratio to the floor is higher than in a full run. */
    private static final int SHORT_WARM_UP = 3_000;

    private static final int BLOCKS = 20;
    private static final int SHORT_BLOCKS = 10;
    static final int RUNS = 150;
    private static final long RAW = 1;
    private static final long CLIENT = 2;
    private static final long SERVER = 3;

    /** Returns the number of commands before the measurement. */
    public static int warmUp(Setting setting) {
        return setting.size(WARM_UP, SHORT_WARM_UP);
    }

    static int blocks(Setting setting) {
        return setting.size(BLOCKS, SHORT_BLOCKS);
    }

    @Override
    public List<Measurement> run(Setting setting) throws Exception {
        // An agent serves one connection at a time, so each way has one of its own.
        try (RealAgent forRaw = Agents.start(setting.scratch(), RAW);
                RealAgent forClient = Agents.start(setting.scratch(), CLIENT);
                RealAgent forServer = Agents.start(setting.scratch(), SERVER);
                BenchServer server = BenchServer.start(
                        setting.launcher(),
                        setting.disk().resolve("one-command"),
                        Map.of(SERVER, forServer.socket()),
                        null,
                        false);
                RawAgent raw = RawAgent.connect(forRaw.socket());
                GuestAgent client = AgentClient.onUnixSocket(forClient.socket(), GuestAgentOptions.defaults());
                CommandClient commands = server.commands();
                FileChannel file = newFile(setting.disk().resolve("appended"))) {
            List<Step> ways = List.of(
                    () -> raw.run(0), () -> runWith(client), () -> commands.run(SERVER, "true", 0), append(file));
            Interleaved.warmUp(warmUp(setting), ways);
            double cpuBefore = server.cpuMicros();
            int blocks = blocks(setting);
            List<Timing> timings = Interleaved.run(blocks, RUNS, ways);
            return results(timings, (server.cpuMicros() - cpuBefore) / (blocks * RUNS));
        }
    }

    private static List<Measurement> results(List<Timing> timings, double cpuMicros) {
        Timing raw = timings.get(0);
        Timing client = timings.get(1);
        Timing server = timings.get(2);
        return List.of(
                client.against(raw, 0.5, "a", "agent client alone", null),
                client.against(raw, 0.99, "a", "agent client alone", null),
                Measurement.alone(timings.get(3).millisAt(0.5), "a", "append of 4 KiB, forced, p50", "ms", null),
                server.against(raw, 0.5, "b", "one command through the server", Target.atMost(1.8)),
                server.against(raw, 0.99, "b", "one command through the server", null),
                Measurement.alone(cpuMicros, "b", "the server's processor time for one", "us", null));
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

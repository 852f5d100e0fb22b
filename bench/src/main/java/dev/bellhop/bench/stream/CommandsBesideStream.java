// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.stream;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.GuestFilesClient;
import dev.bellhop.api.client.GuestFilesClient.UploadOptions;
import dev.bellhop.api.v2.execution.CreateExecution;
import dev.bellhop.api.v2.terminal.CreateTerminal;
import dev.bellhop.bench.floor.RawAgent;
import dev.bellhop.bench.measure.Benchmark;
import dev.bellhop.bench.measure.Interleaved;
import dev.bellhop.bench.measure.Interleaved.Step;
import dev.bellhop.bench.measure.Interleaved.Timing;
import dev.bellhop.bench.measure.Measurement;
import dev.bellhop.bench.measure.Measurement.Target;
import dev.bellhop.bench.measure.Samples;
import dev.bellhop.bench.measure.Setting;
import dev.bellhop.bench.server.Agents;
import dev.bellhop.bench.server.BenchServer;
import dev.bellhop.bench.server.CommandClient;
import dev.bellhop.testkit.GuestImage;
import dev.bellhop.testkit.RealAgent;
import dev.bellhop.testkit.RealVm;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * (u): one supervised command in a real VM into which a stream is open, as (g); and how long the start of a command takes there while a large
 * file goes in over the same stream. A terminal in which nothing happens keeps the stream open.
 */
public final class CommandsBesideStream implements Benchmark {
    private static final int RAW = 10007;
    private static final int VM = 10008;
    private static final long WARMING = 1;
    private static final int WARM_UP_ON_SOCKET = 10_000;
    private static final int WARM_UP = 200;
    private static final int BLOCKS = 10;
    private static final int RUNS = 40;
    private static final int STARTS = 100;
    private static final int FILE_BYTES = 64 << 20;
    private static final long BETWEEN_STARTS_MILLIS = 50;
    private static final CreateTerminal IDLE = new CreateTerminal(80, 24, null, "exec cat", null, null, null);

    @Override
    public List<Measurement> run(Setting setting) throws Exception {
        Path folder = Files.createDirectory(setting.scratch().resolve("beside"));
        try (RealAgent warming = Agents.start(folder, WARMING);
                RealVm forRaw = RealVm.start(RAW, GuestImage.DEBIAN, folder);
                RealVm vm = RealVm.start(VM, GuestImage.DEBIAN, folder);
                BenchServer server = BenchServer.start(
                        setting.launcher(),
                        setting.disk().resolve("beside-stream"),
                        List.of("{type: qemu, vms: {" + VM + ": " + vm.sockets().toYaml() + ", " + WARMING
                                + ": {agent: " + warming.socket() + "}}}"),
                        Path.of("/var/tmp/spool"),
                        false);
                BellhopClient client = server.client();
                CommandClient commands = server.commands();
                RawAgent raw = RawAgent.connect(forRaw.sockets().agent())) {
            Interleaved.warmUp(WARM_UP_ON_SOCKET, List.of(() -> commands.runWaiting(WARMING, "true")));
            client.terminals().open(VM, IDLE);
            List<Step> ways = List.of(() -> raw.run(0), () -> commands.runWaiting(VM, "true"), raw::runInSession);
            Interleaved.warmUp(WARM_UP, ways);
            List<Timing> timings = Interleaved.run(BLOCKS, RUNS, ways);
            Timing floor = timings.get(0);
            Timing supervised = timings.get(1);
            Timing session = timings.get(2);
            List<Measurement> all = new ArrayList<>(List.of(
                    session.against(floor, 0.5, "u", "a session and a subshell alone, Debian", null),
                    supervised.against(floor, 0.5, "u", "one supervised command by a stream", Target.atMost(1.5)),
                    supervised.against(floor, 0.99, "u", "one supervised command by a stream", null),
                    supervised.against(session, 0.5, "u", "the same beside that session", Target.atMost(1.2))));
            Samples quiet = starts(client);
            Samples meanwhile;
            try (BellhopClient other = server.client()) {
                Sending sending = Sending.start(other.files(VM));
                meanwhile = starts(client);
                sending.end();
            }
            all.add(Measurement.alone(quiet.millisAt(0.99), "u", "the start of a command, p99", "ms", null));
            all.add(Measurement.alone(meanwhile.millisAt(0.5), "u", "the same beside a large file, p50", "ms", null));
            all.add(Measurement.alone(
                    meanwhile.millisAt(0.99), "u", "the same beside a large file, p99", "ms", Target.atMost(100)));
            return all;
        }
    }

    /** Each time until the guest has told the command's pid. */
    private static Samples starts(BellhopClient client) throws Exception {
        CreateExecution command = CreateExecution.command("true").build();
        Samples samples = new Samples();
        for (int i = 0; i < STARTS; i++) {
            long begin = System.nanoTime();
            client.executions().create(VM, command, null, Duration.ZERO);
            samples.add(System.nanoTime() - begin);
            Thread.sleep(BETWEEN_STARTS_MILLIS);
        }
        return samples;
    }

    /** Sends one large file after the other until it is ended. */
    private record Sending(AtomicBoolean isOver, FutureTask<?> task) {
        static Sending start(GuestFilesClient files) {
            AtomicBoolean isOver = new AtomicBoolean();
            FutureTask<?> task = new FutureTask<>(() -> {
                byte[] bytes = new byte[FILE_BYTES];
                while (!isOver.get()) {
                    files.write(
                            "/var/tmp/file",
                            new UploadOptions(null, null, null, null),
                            0,
                            (long) FILE_BYTES,
                            new ByteArrayInputStream(bytes));
                }
                return null;
            });
            Thread.startVirtualThread(task);
            return new Sending(isOver, task);
        }

        /** Fails where one of them has. */
        void end() throws InterruptedException, ExecutionException {
            isOver.set(true);
            task.get();
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.stream;

import dev.bellhop.bench.measure.Benchmark;
import dev.bellhop.bench.measure.Measurement;
import dev.bellhop.bench.measure.Measurement.Target;
import dev.bellhop.bench.measure.Setting;
import dev.bellhop.bench.server.BenchServer;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.qga.client.AgentClient;
import dev.bellhop.testkit.GuestImage;
import dev.bellhop.testkit.RealVm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * (r): a large file into a real VM and out of it by {@code bellhop cp}, over a stream and by the agent's calls, beside a loop of the agent's
 * bare file calls; and a tree of small files by {@code bellhop cp -r}, beside one tar that is made, copied and unpacked by hand.
 */
public final class FilesAndTrees implements Benchmark {
    private static final int VM = 10004;
    private static final int FILE_BYTES = 64 << 20;

    /** What the bare loop carries, which is slow. */
    private static final int LOOP_BYTES = 8 << 20;

    private static final int CHUNK = 64 << 10;
    private static final String THERE = "/var/tmp/bench";
    private static final long TIMEOUT_MINUTES = 20;

    @Override
    public List<Measurement> run(Setting setting) throws Exception {
        Path folder = Files.createDirectory(setting.scratch().resolve("files"));
        Path file = Files.write(setting.disk().resolve("file"), random(FILE_BYTES));
        Path tree = SmallFiles.make(setting.disk().resolve("tree"));
        try (RealVm vm = RealVm.start(VM, GuestImage.DEBIAN, folder)) {
            double write;
            double read;
            try (GuestAgent agent = AgentClient.onUnixSocket(vm.sockets().agent(), GuestAgentOptions.defaults())) {
                write = writeAlone(agent);
                read = readAlone(agent);
            }
            List<Measurement> all = new ArrayList<>();
            for (boolean streams : new boolean[] {true, false}) {
                all.addAll(new Way(setting, vm, streams, write, read).measure(file, tree));
            }
            return all;
        }
    }

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    private static double writeAlone(GuestAgent agent) throws Exception {
        Deadline deadline = Deadline.after(Duration.ofMinutes(5));
        long handle = agent.fileOpen("/var/tmp/loop", "w", deadline);
        byte[] piece = random(CHUNK);
        long begin = System.nanoTime();
        for (int at = 0; at < LOOP_BYTES; at += CHUNK) {
            agent.fileWrite(handle, piece, deadline);
        }
        agent.fileFlush(handle, deadline);
        double seconds = seconds(begin);
        agent.fileClose(handle, deadline);
        return LOOP_BYTES / 1e6 / seconds;
    }

    private static double readAlone(GuestAgent agent) throws Exception {
        Deadline deadline = Deadline.after(Duration.ofMinutes(5));
        long handle = agent.fileOpen("/var/tmp/loop", "r", deadline);
        long begin = System.nanoTime();
        while (agent.fileRead(handle, CHUNK, deadline).data().length > 0) {
            // All of it.
        }
        double seconds = seconds(begin);
        agent.fileClose(handle, deadline);
        return LOOP_BYTES / 1e6 / seconds;
    }

    private static double seconds(long begin) {
        return (System.nanoTime() - begin) / 1e9;
    }

    /**
     * Over a stream, or by the agent's calls.
     *
     * @param write what the bare loop has written, in MB a second
     * @param read likewise
     */
    private record Way(Setting setting, RealVm vm, boolean streams, double write, double read) {
        List<Measurement> measure(Path file, Path tree) throws Exception {
            String name = streams ? "by a stream" : "by the agent's calls";
            String hypervisor = "{type: qemu, streams: " + (streams ? "auto" : "off") + ", vms: {" + VM + ": "
                    + vm.sockets().toYaml() + "}}";
            Path here = Files.createDirectory(setting.disk().resolve(streams ? "stream" : "agent"));
            try (BenchServer server = BenchServer.start(
                    setting.launcher(),
                    here.resolve("server"),
                    List.of(hypervisor),
                    Path.of("/var/tmp/spool"),
                    false)) {
                Path back = here.resolve("back");
                Path tar = here.resolve("tar");
                exec(server, "rm -rf " + THERE + " && mkdir " + THERE);
                bellhop(server, "cp", tree.resolve("d0/f0").toString(), there("warm"));
                double in = bellhop(server, "cp", file.toString(), there("file"));
                double out = bellhop(server, "cp", there("file"), back.toString());
                requireSame(file, back);
                Files.delete(back);

                double treeIn = bellhop(server, "cp", "-r", tree.toString(), there("tree"));
                long begin = System.nanoTime();
                run(null, "tar", "-C", tree.toString(), "-cf", tar.toString(), ".");
                bellhop(server, "cp", tar.toString(), there("tar"));
                exec(server, "mkdir " + THERE + "/hand && cd " + THERE + "/hand && tar -xf ../tar && sync");
                double handIn = seconds(begin);

                double treeOut = bellhop(server, "cp", "-r", there("tree"), back.toString());
                run(null, "diff", "-r", tree.toString(), back.toString());
                begin = System.nanoTime();
                exec(server, "cd " + THERE + "/hand && tar -cf ../tar .");
                bellhop(server, "cp", there("tar"), tar.toString());
                run(
                        null,
                        "sh",
                        "-c",
                        "mkdir \"$0\" && tar -C \"$0\" -xf \"$1\"",
                        here.resolve("hand").toString(),
                        tar.toString());
                double handOut = seconds(begin);
                double megabytes = FILE_BYTES / 1e6;
                return List.of(
                        // Measured once: what is slow enough to be seen takes minutes.
                        rate(write, megabytes / in, "64 MiB into a real VM " + name),
                        rate(read, megabytes / out, "64 MiB out of a real VM " + name),
                        time(handIn, treeIn, "10,000 files into a real VM " + name),
                        time(handOut, treeOut, "10,000 files out of a real VM " + name));
            }
        }

        private static Measurement rate(double floor, double value, String what) {
            return new Measurement("r", what, "MB/s", floor, value, null, null);
        }

        private static Measurement time(double floor, double value, String what) {
            return new Measurement("r", what, "s", floor, value, Target.atMost(1.5), null);
        }

        private static void requireSame(Path one, Path other) throws IOException {
            if (Files.mismatch(one, other) != -1) {
                throw new IOException("What came back is not what was sent");
            }
        }

        private static String there(String name) {
            return VM + ":" + THERE + "/" + name;
        }

        private void exec(BenchServer server, String command) throws Exception {
            bellhop(server, "exec", Integer.toString(VM), "--", command);
        }

        /** Returns how many seconds it took. */
        private double bellhop(BenchServer server, String... arguments) throws Exception {
            List<String> command = new ArrayList<>(setting.launcher());
            command.addAll(Arrays.asList(arguments));
            long begin = System.nanoTime();
            run(server, command.toArray(String[]::new));
            return seconds(begin);
        }

        private void run(@Nullable BenchServer server, String... command) throws Exception {
            ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
            if (server != null) {
                builder.environment().putAll(server.environment());
            }
            Process process = builder.start();
            if (!process.waitFor(TIMEOUT_MINUTES, TimeUnit.MINUTES) || process.exitValue() != 0) {
                process.destroyForcibly();
                throw new IOException("It failed: " + command[0]);
            }
        }
    }
}

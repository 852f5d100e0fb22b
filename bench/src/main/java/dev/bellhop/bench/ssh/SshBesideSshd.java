// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.ssh;

import dev.bellhop.bench.measure.Benchmark;
import dev.bellhop.bench.measure.Measurement;
import dev.bellhop.bench.measure.Measurement.Target;
import dev.bellhop.bench.measure.Samples;
import dev.bellhop.bench.measure.Setting;
import dev.bellhop.bench.server.BenchServer;
import dev.bellhop.bench.server.BenchVm;
import dev.bellhop.bench.server.Children;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.testkit.GuestImage;
import dev.bellhop.testkit.RealVm;
import dev.bellhop.testkit.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * (w): OpenSSH's programs and rsync through the SSH door into a real Debian without a network card, over a stream and by the agent's calls. Beside
 * the same programs and an {@code sshd} in that guest, reached through a bare port. Stdin is also compared with {@code bellhop cp}, and files by
 * the agent's calls with the fewest calls that can move them.
 */
public final class SshBesideSshd implements Benchmark {
    private static final int VM = 10013;
    private static final int RUNS = 4;
    private static final int LARGE_BYTES = 30_000_000;
    private static final int SMALL_FILES = 100;
    private static final int SMALL_BYTES = 1024;
    private static final String THERE = "/var/tmp/bench";
    private static final String BESIDE_BARE = "by the agent's calls, beside bare calls";
    private static final Duration TIMEOUT = Duration.ofMinutes(1);

    /** The jobs of the programs. */
    private enum Job {
        STDIN("30 MB into the stdin of sha256sum by ssh", 0),
        LARGE_IN("30 MB into a real VM by scp", 4),
        LARGE_OUT("30 MB out of a real VM by scp", 4),
        RSYNC("30 MB into a real VM by rsync", 0),
        SMALL_IN("100 files into a real VM by scp", 3),
        SMALL_OUT("100 files out of a real VM by scp", 3);

        private final String what;
        private final double maxRatio;

        Job(String what, double maxRatio) {
            this.what = what;
            this.maxRatio = maxRatio;
        }

        /** Absent if the row has no target. */
        @Nullable
        Target target() {
            return maxRatio == 0 ? null : Target.atMost(maxRatio);
        }
    }

    @Override
    public List<Measurement> run(Setting setting) throws Exception {
        Path folder = Files.createDirectory(setting.scratch().resolve("sshd"));
        Path disk = Files.createDirectory(setting.disk().resolve("sshd"));
        var files = new SentFiles(disk);
        Path key = SshPrograms.newKey(folder);
        Times sshd = new Times();
        Times stream = new Times();
        Times agent = new Times();
        Times bare = new Times();
        try (RealVm vm = RealVm.start(VM, GuestImage.DEBIAN_PYTHON, folder)) {
            beside(vm, folder, key, files, sshd);
            bare(vm, folder, bare);
            double copy = bellhop(setting, vm, disk, key, files, true, stream);
            bellhop(setting, vm, disk, key, files, false, agent);
            bare(vm, folder, bare);
            beside(vm, folder, key, files, sshd);
            List<Measurement> rows = new ArrayList<>();
            rows.add(Measurement.against(
                    copy,
                    stream.seconds(Job.STDIN),
                    "w",
                    Job.STDIN.what + " beside bellhop cp",
                    "s",
                    Target.atMost(2),
                    0));
            for (Job job : Job.values()) {
                rows.add(sshd.row(job, stream, "over a stream", job.target()));
                rows.add(sshd.row(job, agent, "by the agent's calls", null));
            }
            rows.add(bare.row(Job.LARGE_IN, agent, BESIDE_BARE, Target.atMost(1.5)));
            rows.add(bare.row(Job.SMALL_IN, agent, BESIDE_BARE, Target.atMost(8)));
            rows.add(bare.row(Job.SMALL_OUT, agent, BESIDE_BARE, Target.atMost(4)));
            return rows;
        }
    }

    private static void beside(RealVm vm, Path folder, Path key, SentFiles files, Times times) throws Exception {
        try (BenchVm own = BenchVm.of(vm, VM, folder)) {
            long ignored = own.vm()
                    .agent()
                    .exec(
                            ExecCommand.of(
                                    "sh",
                                    "-c",
                                    "mkdir -p -m 700 ~root/.ssh && echo '" + Files.readString(Path.of(key + ".pub"))
                                            + "' >~root/.ssh/authorized_keys"),
                            Deadline.after(TIMEOUT));
            try (GuestSshd sshd = GuestSshd.open(own.vm())) {
                measure(new SshPrograms(key, sshd.port(), "root@127.0.0.1"), RUNS / 2, files, times);
            }
        }
    }

    private static void bare(RealVm vm, Path folder, Times times) throws Exception {
        try (BenchVm own = BenchVm.of(vm, VM, folder)) {
            BareAgent agent = new BareAgent(own.vm().agent());
            for (int run = 0; run < RUNS / 2; run++) {
                times.add(Job.LARGE_IN, agent.writeLarge(LARGE_BYTES));
                times.add(Job.SMALL_IN, agent.writeSmall(SMALL_FILES, SMALL_BYTES));
                times.add(Job.SMALL_OUT, agent.readSmall(SMALL_FILES, SMALL_BYTES));
            }
        }
    }

    /** Returns how many seconds {@code bellhop cp} takes. */
    private static double bellhop(
            Setting setting, RealVm vm, Path disk, Path key, SentFiles files, boolean streams, Times times)
            throws Exception {
        int door = ServerProcess.freePort();
        String configuration = "ssh: {listen: '127.0.0.1:" + door + "'}\n"
                + BenchServer.configuration(
                        List.of("{type: qemu, streams: " + (streams ? "auto" : "off") + ", vms: {" + VM + ": "
                                + vm.sockets().toYaml() + "}}"),
                        Path.of("/var/tmp/spool"));
        Path here = disk.resolve(streams ? "stream" : "agent");
        try (BenchServer server = BenchServer.start(setting.launcher(), here, configuration, false)) {
            server.addSshKey(setting.launcher(), key);
            List<String> copy = new ArrayList<>(setting.launcher());
            copy.addAll(List.of("cp", files.large().toString(), VM + ":" + THERE + ".cp"));
            // The first opens the stream.
            String _ = Children.output(copy, server.environment());
            List<Double> copies = new ArrayList<>();
            for (int run = 0; run < RUNS; run++) {
                long begin = System.nanoTime();
                String _ = Children.output(copy, server.environment());
                copies.add((System.nanoTime() - begin) / 1e9);
                measure(new SshPrograms(key, door, VM + "@127.0.0.1"), 1, files, times);
            }
            return Samples.median(copies);
        }
    }

    private static void measure(SshPrograms programs, int runs, SentFiles files, Times times) throws Exception {
        for (int run = 0; run < runs; run++) {
            double _ = programs.pipe(Path.of("/dev/null"), "rm -rf " + THERE + " && mkdir " + THERE);
            times.add(Job.STDIN, programs.pipe(files.large(), "sha256sum"));
            times.add(Job.LARGE_IN, programs.copyIn(files.large(), THERE + "/large"));
            times.add(Job.LARGE_OUT, programs.copyOut(THERE + "/large", files.newBack()));
            files.requireSame(files.large());
            times.add(Job.RSYNC, programs.rsyncIn(files.large(), THERE + "/rsync"));
            times.add(Job.SMALL_IN, programs.copyIn(files.small(), THERE + "/small"));
            times.add(Job.SMALL_OUT, programs.copyOut(THERE + "/small", files.newBack()));
            files.requireSame(files.small());
        }
    }

    /** How long each job took, a time for each run. */
    private static final class Times {
        private final Map<Job, List<Double>> seconds = new EnumMap<>(Job.class);

        void add(Job job, double time) {
            seconds.computeIfAbsent(job, _ -> new ArrayList<>()).add(time);
        }

        double seconds(Job job) {
            return Samples.median(all(job));
        }

        private List<Double> all(Job job) {
            return seconds.getOrDefault(job, List.of());
        }

        /** Returns a row with these times as its floor. */
        Measurement row(Job job, Times other, String way, @Nullable Target target) {
            return Measurement.against(
                    seconds(job),
                    other.seconds(job),
                    "w",
                    job.what + ", " + way,
                    "s",
                    target,
                    Samples.spread(all(job)));
        }
    }

    /** The files that are sent, and where they come back. */
    private record SentFiles(Path large, Path small, Path back) {
        SentFiles(Path folder) throws IOException {
            this(folder.resolve("large"), folder.resolve("small"), folder.resolve("back"));
            Random random = new Random(LARGE_BYTES);
            Files.write(large, bytes(random, LARGE_BYTES));
            Files.createDirectory(small);
            for (int file = 0; file < SMALL_FILES; file++) {
                Files.write(small.resolve("f" + file), bytes(random, SMALL_BYTES));
            }
        }

        private static byte[] bytes(Random random, int size) {
            byte[] bytes = new byte[size];
            random.nextBytes(bytes);
            return bytes;
        }

        Path newBack() throws IOException {
            String _ = Children.output(List.of("rm", "-rf", back.toString()));
            return back;
        }

        void requireSame(Path sent) throws IOException {
            String _ = Children.output(List.of("diff", "-r", sent.toString(), back.toString()));
        }
    }
}

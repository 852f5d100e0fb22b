// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench;

import dev.bellhop.bench.cluster.ClusterCommands;
import dev.bellhop.bench.cluster.LargeCluster;
import dev.bellhop.bench.command.LibvirtDomain;
import dev.bellhop.bench.command.OneCommand;
import dev.bellhop.bench.command.OneCommandInVm;
import dev.bellhop.bench.command.OneSupervised;
import dev.bellhop.bench.command.ShellCommand;
import dev.bellhop.bench.fleet.BusyFleet;
import dev.bellhop.bench.fleet.Fleet;
import dev.bellhop.bench.fleet.IdleFleet;
import dev.bellhop.bench.fleet.SilentCommands;
import dev.bellhop.bench.fleet.StartUp;
import dev.bellhop.bench.http.GreedyTenant;
import dev.bellhop.bench.http.ReadResult;
import dev.bellhop.bench.http.WrongKeys;
import dev.bellhop.bench.measure.Benchmark;
import dev.bellhop.bench.measure.Measurement;
import dev.bellhop.bench.measure.Setting;
import dev.bellhop.bench.output.LargeOutput;
import dev.bellhop.bench.output.LiveOutput;
import dev.bellhop.bench.ssh.CommandBesideKeyExchanges;
import dev.bellhop.bench.ssh.SshBesideSshd;
import dev.bellhop.bench.stream.CommandsBesidePlugging;
import dev.bellhop.bench.stream.CommandsBesideStream;
import dev.bellhop.bench.stream.FileOverPort;
import dev.bellhop.bench.stream.FilesAndTrees;
import dev.bellhop.bench.stream.ForwardThroughput;
import dev.bellhop.bench.stream.IdleTerminals;
import dev.bellhop.bench.stream.KeyEcho;
import dev.bellhop.bench.stream.TreesBesideAnsible;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Runs the chosen benchmarks, prints a table and writes JSON. Started by script/bench. */
final class Main {
    private Main() {}

    /**
     * The settings are system properties: bench.root, bench.scratch, bench.disk, bench.memory and bench.json; bench.launcher
     * and bench.jvm are command lines with one word a line. If bench.short is true, the run is short.
     *
     * @param args letters of benchmarks
     */
    public static void main(String[] args) throws Exception {
        Map<String, Benchmark> benchmarks = new LinkedHashMap<>();
        benchmarks.put("a and b: one command on one agent", new OneCommand());
        benchmarks.put("g: one supervised command on one agent", new OneSupervised());
        benchmarks.put("c and g: one command in a real VM", new OneCommandInVm());
        benchmarks.put("d: reading a result", new ReadResult());
        benchmarks.put("e: a thousand agents", new Fleet());
        benchmarks.put("f: start", new StartUp());
        benchmarks.put("h: live output", new LiveOutput());
        benchmarks.put("i: silent commands", new SilentCommands());
        benchmarks.put("j: large output", new LargeOutput());
        benchmarks.put("k: a flood of wrong keys", new WrongKeys());
        benchmarks.put("l: one command in a domain of libvirt", new LibvirtDomain());
        benchmarks.put("m: a thousand idle agents", new IdleFleet());
        benchmarks.put("n: the bellhop command as a process", new ShellCommand());
        benchmarks.put("o: supervised commands on a thousand agents", new BusyFleet());
        benchmarks.put("p: commands in a cluster", new ClusterCommands());
        benchmarks.put("q: a cluster of 100 nodes with 1,000 VMs each", new LargeCluster());
        benchmarks.put("r: files and trees", new FilesAndTrees());
        benchmarks.put("s: a key's echo in a terminal", new KeyEcho());
        benchmarks.put("t: a large file over a port", new FileOverPort());
        benchmarks.put("u: commands beside a stream", new CommandsBesideStream());
        benchmarks.put("v: idle terminals", new IdleTerminals());
        benchmarks.put("w: a forward by ssh", new ForwardThroughput());
        benchmarks.put("w: SSH programs beside an sshd", new SshBesideSshd());
        benchmarks.put("x: commands while ports are plugged", new CommandsBesidePlugging());
        benchmarks.put("y: trees beside Ansible", new TreesBesideAnsible());
        benchmarks.put("z: a GET beside a greedy tenant", new GreedyTenant());
        benchmarks.put("z: a command beside SSH key exchanges", new CommandBesideKeyExchanges());

        Setting setting = new Setting(
                path("bench.root"),
                path("bench.scratch"),
                path("bench.disk"),
                path("bench.memory"),
                words("bench.launcher"),
                words("bench.jvm"),
                Boolean.getBoolean("bench.short"));
        Instant begin = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        String loadBefore = Machine.load();
        List<Measurement> measurements = new ArrayList<>();
        List<String> failed = new ArrayList<>();
        for (Map.Entry<String, Benchmark> benchmark : benchmarks.entrySet()) {
            if (isAskedFor(benchmark.getKey(), List.of(args))) {
                System.err.println("==> " + benchmark.getKey());
                try {
                    measurements.addAll(benchmark.getValue().run(setting));
                } catch (Exception e) {
                    // What was measured before it, and comes after it, took its time.
                    e.printStackTrace();
                    failed.add(benchmark.getKey());
                }
            }
        }
        Report report =
                new Report(begin.toString(), Machine.here(setting.disk()), loadBefore, Machine.load(), measurements);
        report.print(System.out);
        report.writeTo(path("bench.json"));
        if (!failed.isEmpty()) {
            System.err.println("==> Failed, see above: " + String.join("; ", failed));
            System.exit(1);
        }
    }

    private static boolean isAskedFor(String name, List<String> letters) {
        String before = name.substring(0, name.indexOf(':'));
        return letters.isEmpty() || List.of(before.split(" and ")).stream().anyMatch(letters::contains);
    }

    private static Path path(String property) {
        return Path.of(text(property));
    }

    private static List<String> words(String property) {
        return text(property).lines().toList();
    }

    private static String text(String property) {
        String value = System.getProperty(property);
        if (value == null) {
            throw new IllegalArgumentException("Cannot run without -D" + property + "; start script/bench");
        }
        return value;
    }
}

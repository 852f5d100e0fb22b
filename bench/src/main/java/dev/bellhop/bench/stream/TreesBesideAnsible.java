// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.stream;

import dev.bellhop.bench.measure.Benchmark;
import dev.bellhop.bench.measure.Measurement;
import dev.bellhop.bench.measure.Setting;
import dev.bellhop.bench.server.BenchServer;
import dev.bellhop.bench.server.Children;
import dev.bellhop.testkit.RealLibvirt;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.opentest4j.TestAbortedException;

/**
 * (y): a tree of small files into a domain of libvirt and out of it by {@code bellhop cp -r}. Beside it, what people use there today: Ansible's
 * {@code community.libvirt.libvirt_qemu}, whose calls for one file are made for each of them, and for one tar that is unpacked on the other side.
 */
public final class TreesBesideAnsible implements Benchmark {
    private static final int VM = 10012;
    private static final String DOMAIN = "trees";
    private static final String THERE = "/var/tmp/";

    @Override
    public List<Measurement> run(Setting setting) throws Exception {
        Path folder = setting.scratch().resolve("trees");
        try (RealLibvirt libvirt = RealLibvirt.start(folder)) {
            libvirt.startDebian(DOMAIN);
            Path disk = Files.createDirectory(setting.disk().resolve("trees"));
            Path tree = SmallFiles.make(disk.resolve("small"));
            Path here = Files.createDirectory(disk.resolve("back"));
            try (BenchServer server = BenchServer.start(
                    setting.launcher(),
                    disk.resolve("server"),
                    List.of("{type: libvirt, uri: '" + libvirt.uri() + "', vms: {" + VM + ": " + DOMAIN + "}}"),
                    Path.of(THERE + "spool"),
                    false)) {
                // The first of it, after which a stream is open.
                bellhop(setting, server, tree.resolve("d0"), there("warm"));
                double in = bellhop(setting, server, tree, there("bellhop"));
                double out = bellhop(setting, server, there("bellhop"), here.resolve("bellhop"));
                requireSame(tree, here.resolve("bellhop"));
                Path script = script(folder);
                double tarIn = ansible(script, libvirt, "put-tar", tree, "tar");
                double tarOut = ansible(script, libvirt, "fetch-tar", here.resolve("tar"), "tar");
                requireSame(tree, here.resolve("tar"));
                double eachIn = ansible(script, libvirt, "put", tree, "each");
                double eachOut = ansible(script, libvirt, "fetch", here.resolve("each"), "each");
                requireSame(tree, here.resolve("each"));
                return List.of(
                        row("in, beside put_file of each", eachIn, in),
                        row("out, beside fetch_file of each", eachOut, out),
                        row("in, beside put_file of a tar", tarIn, in),
                        row("out, beside fetch_file of a tar", tarOut, out));
            }
        } catch (TestAbortedException e) {
            System.err.println("==> Left out: " + e.getMessage());
            return List.of();
        }
    }

    private static Measurement row(String what, double ansible, double bellhop) {
        // Once: to look at how much it varies would take half an hour.
        return new Measurement("y", "10,000 files " + what, "s", ansible, bellhop, null, null);
    }

    private static String there(String name) {
        return VM + ":" + THERE + name;
    }

    private static double bellhop(Setting setting, BenchServer server, Object from, Object to) throws Exception {
        List<String> command = new ArrayList<>(setting.launcher());
        command.addAll(List.of("cp", "-r", from.toString(), to.toString()));
        return seconds(command, server.environment());
    }

    /** Debian's own Python has its Ansible and libvirt's library. */
    private static double ansible(Path script, RealLibvirt libvirt, String what, Path here, String there)
            throws IOException {
        return seconds(
                List.of(
                        "/usr/bin/python3",
                        script.toString(),
                        libvirt.uri(),
                        DOMAIN,
                        what,
                        here.toString(),
                        THERE + there),
                Map.of("ANSIBLE_HOME", script.resolveSibling("ansible").toString()));
    }

    private static Path script(Path folder) throws IOException {
        Path file = folder.resolve("libvirt_files.py");
        try (InputStream script =
                Objects.requireNonNull(TreesBesideAnsible.class.getResourceAsStream("libvirt_files.py"))) {
            Files.copy(script, file);
        }
        return file;
    }

    private static double seconds(List<String> command, Map<String, String> environment) throws IOException {
        long begin = System.nanoTime();
        String _ = Children.output(command, environment);
        return (System.nanoTime() - begin) / 1e9;
    }

    private static void requireSame(Path one, Path other) throws IOException {
        String _ = Children.output(List.of("diff", "-r", one.toString(), other.toString()));
    }
}

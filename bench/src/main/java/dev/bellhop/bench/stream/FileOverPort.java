// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.stream;

import dev.bellhop.bench.floor.BarePort;
import dev.bellhop.bench.measure.Benchmark;
import dev.bellhop.bench.measure.Measurement;
import dev.bellhop.bench.measure.Measurement.Target;
import dev.bellhop.bench.measure.Samples;
import dev.bellhop.bench.measure.Setting;
import dev.bellhop.bench.server.BenchServer;
import dev.bellhop.bench.server.BenchVm;
import dev.bellhop.testkit.GuestImage;
import dev.bellhop.testkit.RealVm;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * (t): how fast a large file goes into a real VM and comes out of it by the server's HTTP, over a stream. Beside the same file through a bare
 * port of the same kind with {@code cat} at its other end, which is on the guest's disk in the end too, and comes from there.
 */
public final class FileOverPort implements Benchmark {
    private static final int VM = 10006;
    private static final int MEBIBYTES = 1024;
    private static final int SHORT_MEBIBYTES = 256;
    private static final long WARM_UP_BYTES = 64 << 20;
    private static final int PIECE = 64 << 10;
    private static final int RUNS = 2;

    /** The guest's disk has room for one. */
    private static final String THERE = "/var/tmp/file";

    /** Waits for a line first: the time begins with it. */
    private static final String OUT = "read -r go; cat " + THERE;

    private static final byte[] GO = "go\n".getBytes(StandardCharsets.US_ASCII);

    private long bytes;

    /** Says when all of it is on the disk. */
    private String receiveInGuest() {
        return "rm -f " + THERE + "; echo; head -c " + bytes + " >" + THERE + " && sync " + THERE + " && echo";
    }

    @Override
    public List<Measurement> run(Setting setting) throws Exception {
        bytes = (long) setting.size(MEBIBYTES, SHORT_MEBIBYTES) << 20;
        Path folder = Files.createDirectory(setting.scratch().resolve("port"));
        Path warmUp = random(setting.disk().resolve("warm-up"), WARM_UP_BYTES);
        Path file = random(setting.disk().resolve("random"), bytes);
        Path back = setting.disk().resolve("back");
        try (RealVm vm = RealVm.start(VM, GuestImage.DEBIAN, folder)) {
            List<Double> bareIn = new ArrayList<>();
            List<Double> bareOut = new ArrayList<>();
            List<Double> in = new ArrayList<>();
            List<Double> out = new ArrayList<>();
            bare(vm, folder, file, back, bareIn, bareOut);
            try (BenchServer server = BenchServer.start(
                    setting.launcher(),
                    setting.disk().resolve("server"),
                    List.of("{type: qemu, vms: {" + VM + ": " + vm.sockets().toYaml() + "}}"),
                    Path.of("/var/tmp/spool"),
                    false)) {
                curl(server, "-T", warmUp);
                curl(server, "-o", back);
                for (int run = 0; run < RUNS; run++) {
                    curl(server, "-X", "DELETE");
                    in.add(curl(server, "-T", file));
                    out.add(curl(server, "-o", back));
                    requireSame(file, back);
                }
            }
            bare(vm, folder, file, back, bareIn, bareOut);
            return List.of(
                    rate(bareIn, in, (bytes >> 20) + " MiB into a real VM over a stream"),
                    rate(bareOut, out, (bytes >> 20) + " MiB out of a real VM over a stream"));
        }
    }

    /** Half of the runs before the server's and half after them, since a monitor serves one client at a time. */
    private void bare(RealVm vm, Path folder, Path file, Path back, List<Double> in, List<Double> out)
            throws Exception {
        try (BenchVm own = BenchVm.of(vm, VM, folder)) {
            for (int run = 0; run < RUNS / 2; run++) {
                in.add(bareIn(own, file));
                out.add(bareOut(own, back));
            }
        }
    }

    private static Measurement rate(List<Double> floor, List<Double> value, String what) {
        return Measurement.against(
                Samples.median(floor),
                Samples.median(value),
                "t",
                what,
                "MB/s",
                Target.atLeast(0.7),
                Samples.spread(floor));
    }

    private static Path random(Path file, long size) throws IOException {
        byte[] piece = new byte[1 << 20];
        Random random = new Random(size);
        try (OutputStream to = Files.newOutputStream(file)) {
            for (long written = 0; written < size; written += piece.length) {
                random.nextBytes(piece);
                to.write(piece);
            }
        }
        return file;
    }

    private double curl(BenchServer server, String way, Object what) throws Exception {
        long begin = System.nanoTime();
        Process curl = new ProcessBuilder(
                        "curl",
                        "-sS",
                        "--fail",
                        "-H",
                        "@-",
                        way,
                        what.toString(),
                        server.url() + "/api/v2/vps/" + VM + "/files?path=" + THERE)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (var header = curl.outputWriter()) {
            header.write("X-API-Key: " + server.adminKey() + "\n");
        }
        if (curl.waitFor() != 0) {
            throw new IOException("curl failed");
        }
        return rate(begin);
    }

    private double bareIn(BenchVm own, Path file) throws Exception {
        try (BarePort port = BarePort.open(own.vm(), receiveInGuest());
                FileChannel from = FileChannel.open(file)) {
            port.receive();
            ByteBuffer piece = ByteBuffer.allocateDirect(PIECE);
            long begin = System.nanoTime();
            while (from.read(piece.clear()) >= 0) {
                piece.flip();
                while (piece.hasRemaining()) {
                    port.channel().write(piece);
                }
            }
            port.receive();
            return rate(begin);
        }
    }

    private double bareOut(BenchVm own, Path to) throws Exception {
        try (BarePort port = BarePort.open(own.vm(), OUT);
                FileChannel file = FileChannel.open(
                        to,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE)) {
            ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 18);
            long begin = System.nanoTime();
            port.channel().write(ByteBuffer.wrap(GO));
            for (long count = 0; count < bytes; ) {
                int read = port.channel().read(buffer.clear());
                if (read < 0) {
                    throw new IOException("Not all of it came through");
                }
                count += read;
                buffer.flip();
                while (buffer.hasRemaining()) {
                    file.write(buffer);
                }
            }
            return rate(begin);
        }
    }

    private double rate(long begin) {
        return bytes / 1e6 / ((System.nanoTime() - begin) / 1e9);
    }

    private static void requireSame(Path one, Path other) throws IOException {
        if (Files.mismatch(one, other) != -1) {
            throw new IOException("What came back is not what was sent");
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.stream;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.execution.CreateExecution;
import dev.bellhop.bench.floor.BarePort;
import dev.bellhop.bench.measure.Benchmark;
import dev.bellhop.bench.measure.Measurement;
import dev.bellhop.bench.measure.Samples;
import dev.bellhop.bench.measure.Setting;
import dev.bellhop.bench.server.BenchServer;
import dev.bellhop.bench.server.BenchVm;
import dev.bellhop.bench.ssh.SshPrograms;
import dev.bellhop.testkit.GuestImage;
import dev.bellhop.testkit.RealVm;
import dev.bellhop.testkit.ServerProcess;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * (w): how fast bytes go by {@code ssh -L} to a program that listens in a real VM without a network card, and come back. Beside the same bytes
 * through a bare port of the kind that a stream uses.
 */
public final class ForwardThroughput implements Benchmark {
    private static final int VM = 10010;
    private static final int BYTES = 128 << 20;
    private static final int RUNS = 4;
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(30);
    private static final byte OUT = 'o';
    private static final byte IN = 'i';

    /** Says that it is there, since what comes before is lost at a bare port; takes a byte that says what is wanted. */
    private static final String BEGIN = "printf r; way=$(dd bs=1 count=1 2>/dev/null); ";

    /** Then sends all, or reads all and says so. */
    private static final String TRANSFER = "if [ $way = o ]; then head -c " + BYTES + " /dev/zero; else head -c "
            + BYTES + " >/dev/null; printf k; fi";

    /** Gives each connection to a shell of its own. */
    private static final String LISTEN = "exec perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new(Listen => 5, "
            + "LocalAddr => q(127.0.0.1:7777)) or die; while ($c = $s->accept) { if (!fork) { open STDIN, q(<&), $c; "
            + "open STDOUT, q(>&), $c; exec q(sh), q(-c), $ARGV[0] } close $c }' '" + BEGIN + TRANSFER + "'";

    @Override
    public List<Measurement> run(Setting setting) throws Exception {
        Path folder = Files.createDirectory(setting.scratch().resolve("forward"));
        List<Double> bareIn = new ArrayList<>();
        List<Double> bareOut = new ArrayList<>();
        List<Double> in = new ArrayList<>();
        List<Double> out = new ArrayList<>();
        try (RealVm vm = RealVm.start(VM, GuestImage.DEBIAN, folder)) {
            bare(vm, folder, bareIn, bareOut);
            int door = ServerProcess.freePort();
            String configuration = "ssh: {listen: '127.0.0.1:" + door + "'}\n"
                    + BenchServer.configuration(
                            List.of("{type: qemu, vms: {" + VM + ": "
                                    + vm.sockets().toYaml() + "}}"),
                            Path.of("/var/tmp/spool"));
            try (BenchServer server = BenchServer.start(
                            setting.launcher(), setting.disk().resolve("forward"), configuration, false);
                    BellhopClient client = server.client()) {
                client.executions().create(VM, CreateExecution.command(LISTEN).build(), null, Duration.ZERO);
                int local = ServerProcess.freePort();
                Process ssh = forward(setting, server, folder, door, local);
                try {
                    // The first opens the stream.
                    time(connected(local), IN);
                    for (int run = 0; run < RUNS; run++) {
                        in.add(time(connected(local), IN));
                        out.add(time(connected(local), OUT));
                    }
                } finally {
                    ssh.destroy();
                }
            }
            bare(vm, folder, bareIn, bareOut);
        }
        return List.of(rate(bareIn, in, "ssh -L into a real VM"), rate(bareOut, out, "ssh -L out of a real VM"));
    }

    private static Measurement rate(List<Double> floor, List<Double> value, String what) {
        return Measurement.against(
                Samples.median(floor), Samples.median(value), "w", what, "MB/s", null, Samples.spread(floor));
    }

    /** Half of the runs before the server's and half after them, since a monitor serves one client at a time. */
    private static void bare(RealVm vm, Path folder, List<Double> in, List<Double> out) throws Exception {
        try (BenchVm own = BenchVm.of(vm, VM, folder)) {
            for (int run = 0; run < RUNS / 2; run++) {
                in.add(bare(own, IN));
                out.add(bare(own, OUT));
            }
        }
    }

    private static double bare(BenchVm own, byte way) throws Exception {
        try (BarePort port = BarePort.open(own.vm(), BEGIN + TRANSFER)) {
            return rate(port.channel(), way);
        }
    }

    private static Process forward(Setting setting, BenchServer server, Path folder, int door, int local)
            throws IOException {
        Path key = SshPrograms.newKey(folder);
        server.addSshKey(setting.launcher(), key);
        return new ProcessBuilder(new SshPrograms(key, door, VM + "@127.0.0.1")
                        .ssh("-N", "-L", "127.0.0.1:" + local + ":127.0.0.1:7777"))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private static SocketChannel connected(int port) throws Exception {
        long end = System.nanoTime() + CONNECT_TIMEOUT.toNanos();
        while (true) {
            try {
                return SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            } catch (IOException e) {
                if (System.nanoTime() > end) {
                    throw e;
                }
                Thread.sleep(50);
            }
        }
    }

    private static double time(SocketChannel channel, byte way) throws IOException {
        try (channel) {
            return rate(channel, way);
        }
    }

    private static double rate(SocketChannel channel, byte way) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 18);
        read(channel, buffer, 1);
        long begin = System.nanoTime();
        writeAll(channel, ByteBuffer.wrap(new byte[] {way}));
        if (way == IN) {
            for (int left = BYTES; left > 0; left -= buffer.capacity()) {
                writeAll(channel, buffer.clear());
            }
        }
        read(channel, buffer, way == IN ? 1 : BYTES);
        return BYTES / 1e6 / ((System.nanoTime() - begin) / 1e9);
    }

    private static void read(SocketChannel channel, ByteBuffer buffer, int bytes) throws IOException {
        for (int left = bytes; left > 0; ) {
            int read = channel.read(buffer.clear());
            if (read < 0) {
                throw new EOFException("The program in the guest has ended too early");
            }
            left -= read;
        }
    }

    private static void writeAll(SocketChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}

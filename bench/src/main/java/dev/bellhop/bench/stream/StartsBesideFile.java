// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.stream;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.GuestFilesClient;
import dev.bellhop.api.client.GuestFilesClient.UploadOptions;
import dev.bellhop.api.v2.execution.CreateExecution;
import dev.bellhop.bench.floor.BarePort;
import dev.bellhop.bench.measure.Interleaved.Step;
import dev.bellhop.bench.measure.Measurement;
import dev.bellhop.bench.measure.Measurement.Target;
import dev.bellhop.bench.measure.Samples;
import dev.bellhop.bench.server.BenchServer;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.server.hypervisor.VirtualMachine;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * How long the start of a command takes until its pid is known: alone, while one large file after the other goes in over the stream that the
 * command goes over, and while they come out. Beside a bare {@code guest-exec} in another VM, alone and while {@code cat} moves the same bytes
 * through a bare port.
 *
 * @param bare the other VM
 * @param vm of the server, with an open stream
 */
record StartsBesideFile(VirtualMachine bare, BenchServer server, int vm) {
    private static final int STARTS = 75;
    private static final int TURNS = 2;
    private static final long BETWEEN_STARTS_MILLIS = 50;
    private static final double LONGEST_MILLIS = 100;
    private static final int FILE_BYTES = 64 << 20;
    private static final String THERE = "/var/tmp/file";
    private static final Duration TIMEOUT = Duration.ofMinutes(1);
    private static final ExecCommand BARE = ExecCommand.of("sh", "-c", "true");
    private static final CreateExecution COMMAND =
            CreateExecution.command("true").build();

    /** Ends when the port is unplugged. */
    private static final String RECEIVE = "while rm -f " + THERE + "; head -c " + FILE_BYTES + " >" + THERE
            + " && sync " + THERE + " && echo; do :; done";

    private static final String SEND =
            "head -c " + FILE_BYTES + " /dev/zero >" + THERE + ".out && while cat " + THERE + ".out; do :; done";

    List<Measurement> measure() throws Exception {
        try (BellhopClient client = server.client();
                BellhopClient other = server.client()) {
            GuestFilesClient files = other.files(vm);
            GuestAgent agent = bare.agent();
            Step start = () -> client.executions().create(vm, COMMAND, null, Duration.ZERO);
            Step bareStart = () -> {
                long _ = agent.exec(BARE, Deadline.after(TIMEOUT));
            };
            Samples[] floors = {new Samples(), new Samples(), new Samples()};
            Samples[] values = {new Samples(), new Samples(), new Samples()};
            for (int turn = 0; turn < TURNS; turn++) {
                floors[0].addAll(starts(bareStart));
                values[0].addAll(starts(start));
                try (BarePort port = BarePort.open(bare, RECEIVE)) {
                    floors[1].addAll(startsBeside(() -> send(port), bareStart));
                }
                values[1].addAll(startsBeside(() -> write(files), start));
                try (BarePort port = BarePort.open(bare, SEND)) {
                    receive(port); // It has made the file.
                    floors[2].addAll(startsBeside(() -> receive(port), bareStart));
                }
                values[2].addAll(startsBeside(() -> read(files), start));
            }
            List<Measurement> all = new ArrayList<>();
            String[] when = {"alone", "beside a file in", "beside a file out"};
            for (int i = 0; i < when.length; i++) {
                all.add(row(floors[i], values[i], 0.5, when[i]));
                all.add(row(floors[i], values[i], 0.99, when[i]));
            }
            for (int i = 1; i < when.length; i++) {
                all.add(Measurement.alone(
                        values[i].millisAt(0.99),
                        "u",
                        "the same in all, " + when[i] + ", p99",
                        "ms",
                        Target.atMost(LONGEST_MILLIS)));
            }
            return all;
        }
    }

    private static Measurement row(Samples floor, Samples value, double fraction, String when) {
        return new Measurement(
                "u",
                "a start " + when + ", p" + Math.round(100 * fraction),
                "ms",
                floor.millisAt(fraction),
                value.millisAt(fraction),
                null,
                null);
    }

    private static Samples starts(Step start) throws Exception {
        Samples samples = new Samples();
        for (int i = 0; i < STARTS; i++) {
            long begin = System.nanoTime();
            start.run();
            samples.add(System.nanoTime() - begin);
            Thread.sleep(BETWEEN_STARTS_MILLIS);
        }
        return samples;
    }

    /** Fails where a transfer has. */
    private static Samples startsBeside(Step transfer, Step start) throws Exception {
        AtomicBoolean isOver = new AtomicBoolean();
        FutureTask<?> transfers = new FutureTask<>(() -> {
            while (!isOver.get()) {
                transfer.run();
            }
            return null;
        });
        Thread.startVirtualThread(transfers);
        try {
            return starts(start);
        } finally {
            isOver.set(true);
            transfers.get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
        }
    }

    private static void write(GuestFilesClient files) throws Exception {
        files.write(
                THERE,
                new UploadOptions(null, null, null, null),
                0,
                (long) FILE_BYTES,
                new ByteArrayInputStream(new byte[FILE_BYTES]));
    }

    private static void read(GuestFilesClient files) throws Exception {
        try (GuestFilesClient.Download file = files.open(THERE, 0, null)) {
            byte[] piece = new byte[64 << 10];
            while (file.bytes().read(piece) >= 0) {
                // All of it.
            }
        }
    }

    private static void send(BarePort port) throws Exception {
        ByteBuffer piece = ByteBuffer.allocateDirect(64 << 10);
        for (long sent = 0; sent < FILE_BYTES; sent += piece.capacity()) {
            piece.clear();
            while (piece.hasRemaining()) {
                port.channel().write(piece);
            }
        }
        port.receive();
    }

    private static void receive(BarePort port) throws Exception {
        ByteBuffer piece = ByteBuffer.allocateDirect(256 << 10);
        for (long received = 0; received < FILE_BYTES; received += piece.position()) {
            if (port.channel().read(piece.clear()) < 0) {
                throw new EOFException("The port was closed");
            }
        }
    }
}

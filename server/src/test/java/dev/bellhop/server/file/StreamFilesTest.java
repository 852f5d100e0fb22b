// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.stream.GuestCommand;
import dev.bellhop.server.stream.GuestProcess;
import dev.bellhop.server.stream.GuestStreams;
import dev.bellhop.server.stream.PortedVm;
import dev.bellhop.server.stream.StreamLease;
import dev.bellhop.testkit.RealAgent;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The content of files over a stream into a guest that is this machine. */
@Timeout(120)
@Tag("real")
class StreamFilesTest {
    private static final int PIECE = GuestFiles.MAX_PIECE;

    @TempDir
    private Path folder;

    private Path file;
    private RealAgent agent;
    private PortedVm vm;
    private GuestStreams streams;
    private VmTransfers transfers;

    @BeforeEach
    void start() throws Exception {
        agent = RealAgent.start(Files.createDirectory(folder.resolve("a")));
        vm = new PortedVm(agent.socket(), folder);
        streams = new GuestStreams(new VmDirectory(List.of(vm)), folder, new SimpleMeterRegistry());
        transfers = new VmTransfers(FileSettings.defaults());
        file = folder.resolve("file");
    }

    @AfterEach
    void stop() {
        streams.close();
        vm.close();
        agent.close();
    }

    private static byte[] random(int bytes) {
        byte[] all = new byte[bytes];
        new Random(7).nextBytes(all);
        return all;
    }

    /** Opens the file while a process holds it open, as a script does. */
    private Optional<FileHandle> open(boolean toWrite, String inode) throws Exception {
        Process holder = new ProcessBuilder("sh", "-c", "exec 3<>\"$0\"; echo; read x", file.toString()).start();
        try {
            assertThat(holder.getInputStream().read()).isEqualTo('\n');
            return new StreamFiles(streams, vm -> {})
                    .open(
                            PortedVm.ID,
                            holder.pid(),
                            inode,
                            toWrite ? StreamFiles.Use.WRITE_IN_ORDER : StreamFiles.Use.READ,
                            transfers);
        } finally {
            holder.getOutputStream().close();
            holder.waitFor();
        }
    }

    private String inode() throws IOException {
        return Files.getAttribute(file, "unix:dev") + " " + Files.getAttribute(file, "unix:ino");
    }

    private byte[] readFrom(FileHandle handle, long offset) throws Exception {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        while (true) {
            byte[] piece = handle.read(offset + all.size(), PIECE);
            if (piece.length == 0) {
                return all.toByteArray();
            }
            all.writeBytes(piece);
        }
    }

    @Test
    void aFileIsReadWholeAndFromAnyPlace() throws Exception {
        byte[] content = random(5_000_000);
        Files.write(file, content);
        FileHandle handle = open(false, inode()).orElseThrow();
        assertThat(readFrom(handle, 0)).isEqualTo(content);
        assertThat(handle.read(4_000_001, 10)).isEqualTo(Arrays.copyOfRange(content, 4_000_001, 4_000_011));
        assertThat(handle.read(4_000_011, 5)).isEqualTo(Arrays.copyOfRange(content, 4_000_011, 4_000_016));
        assertThat(readFrom(handle, 3_999_999)).isEqualTo(Arrays.copyOfRange(content, 3_999_999, content.length));
        handle.close();
    }

    /** As where a caller breaks off a download: others use the same stream. */
    @Test
    void aFileThatIsClosedWhileItIsReadEndsNothingElse() throws Exception {
        Files.write(file, random(5_000_000));
        try (StreamLease others = streams.acquire(PortedVm.ID, Deadline.after(Duration.ofSeconds(20)))) {
            for (int i = 0; i < 20; i++) {
                FileHandle handle = open(false, inode()).orElseThrow();
                handle.read(0, PIECE);
                handle.read(PIECE, PIECE);
                handle.close();
            }
            assertThat(open(false, "1 2")).isEmpty();
            try (GuestProcess process =
                    others.stream().exec(GuestCommand.of("true"), Deadline.after(Duration.ofSeconds(20)))) {
                assertThat(process.awaitEnd(Deadline.after(Duration.ofSeconds(20))))
                        .isPresent();
            }
        }
    }

    @Test
    void whatIsWrittenIsThereOnceItIsFlushed() throws Exception {
        byte[] content = random(5_000_000);
        Files.createFile(file);
        FileHandle handle = open(true, inode()).orElseThrow();
        for (int at = 0; at < content.length; ) {
            at += handle.write(at, Arrays.copyOfRange(content, at, Math.min(at + PIECE, content.length)));
        }
        handle.flush();
        assertThat(Files.readAllBytes(file)).isEqualTo(content);
        handle.close();
    }

    @Test
    void anotherFileThanWasMeantIsNotOpened() throws Exception {
        Files.createFile(file);
        assertThat(open(false, "1 2")).isEmpty();
    }

    @Test
    void whatIsAtHandIsAStreamThatIsOpenAlready() throws Exception {
        Files.write(file, random(10));
        StreamFiles files = new StreamFiles(streams, vm -> {});
        Process holder = new ProcessBuilder("sh", "-c", "exec 3<\"$0\"; echo; read x", file.toString()).start();
        assertThat(holder.getInputStream().read()).isEqualTo('\n');
        Deadline deadline = Deadline.after(Duration.ofSeconds(20));
        assertThat(files.openIfAtHand(PortedVm.ID, holder.pid(), inode(), transfers, deadline))
                .isEmpty();
        assertThat(streams.acquireIfOpen(PortedVm.ID)).isNull();

        streams.acquire(PortedVm.ID, deadline).close();
        FileHandle handle = files.openIfAtHand(PortedVm.ID, holder.pid(), inode(), transfers, deadline)
                .orElseThrow();
        holder.getOutputStream().close();
        holder.waitFor();
        assertThat(handle.read(0, PIECE)).isEqualTo(random(10));
        handle.close();
    }

    @Test
    void withoutAStreamThereIsNoFasterWay() throws Exception {
        Files.createFile(file);
        vm.hasStreams = false;
        assertThat(open(false, inode())).isEmpty();
    }
}

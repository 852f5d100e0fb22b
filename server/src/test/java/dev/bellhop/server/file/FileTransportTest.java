// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import static dev.bellhop.server.file.PortedFiles.path;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.stream.GuestStreams;
import dev.bellhop.server.stream.PortedVm;
import dev.bellhop.server.stream.StreamLease;
import dev.bellhop.server.vm.Transport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** By which way files of a guest that is this machine are said to go. */
@Timeout(120)
@Tag("real")
class FileTransportTest {
    @TempDir
    private Path folder;

    private PortedFiles scene;
    private Path guest;
    private PortedVm vm;
    private GuestStreams streams;
    private LocalGuestFiles files;

    @BeforeEach
    void start() throws Exception {
        scene = PortedFiles.start(folder);
        guest = scene.guest();
        vm = scene.vm();
        streams = scene.streams();
        files = scene.files();
    }

    @AfterEach
    void stop() {
        scene.close();
    }

    private Path file(int bytes) throws Exception {
        byte[] content = new byte[bytes];
        new Random(5).nextBytes(content);
        return Files.write(guest.resolve("f"), content);
    }

    private GuestFiles.Opened open(Path file) {
        return files.open(PortedVm.ID, path(file), false, PathLimits.NONE);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatIsLongIsHastenedBeforeItIsRead(boolean hasStreams) throws Exception {
        vm.hasStreams = hasStreams;
        Path file = file(3_000_000);
        GuestFiles.Opened open = open(file);
        assertThat(open.transport()).isEqualTo(Transport.AGENT);
        assertThat(vm.plugged).isEmpty();
        assertThat(files.hasten(PortedVm.ID, open.id())).contains(hasStreams ? Transport.STREAM : Transport.AGENT);
        assertThat(vm.plugged.isEmpty()).isEqualTo(!hasStreams);
        assertThat(files.read(PortedVm.ID, open.id(), 2_000_000, 10))
                .isEqualTo(Arrays.copyOfRange(Files.readAllBytes(file), 2_000_000, 2_000_010));
        files.close(PortedVm.ID, open.id());
    }

    @Test
    void whereAStreamIsAtHandEvenAShortFileGoesByIt() throws Exception {
        GuestFiles.Opened first = open(file(100));
        assertThat(first.transport()).isEqualTo(Transport.AGENT);
        files.close(PortedVm.ID, first.id());
        try (StreamLease lease = streams.acquire(PortedVm.ID, Deadline.after(Duration.ofSeconds(20)))) {
            GuestFiles.Opened open = Awaitility.await()
                    .until(
                            () -> {
                                assertThat(lease.stream().answers(Deadline.after(Duration.ofSeconds(20))))
                                        .isTrue();
                                return open(guest.resolve("f"));
                            },
                            opened -> {
                                files.close(PortedVm.ID, opened.id());
                                return opened.transport() == Transport.STREAM;
                            });
            assertThat(open.stat().size()).isEqualTo(100);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatWasWrittenTellsByWhichWayItWentAtLast(boolean hasStreams) throws Exception {
        vm.hasStreams = hasStreams;
        for (int bytes : new int[] {100, 3_000_000}) {
            boolean isLong = bytes > GuestFiles.LONG_BYTES;
            GuestFiles.Upload upload = files.begin(
                    PortedVm.ID, path(guest.resolve("w" + bytes)), "upload-" + bytes, true, PathLimits.NONE);
            for (int at = 0; at < bytes; ) {
                at += files.write(PortedVm.ID, upload.id(), at, new byte[Math.min(bytes - at, 100_000)]);
            }
            FileCommit commit =
                    new FileCommit(bytes, null, false, null, new FileCommit.Condition.Any(), null, null, null);
            assertThat(files.commit(PortedVm.ID, upload.id(), commit).transport())
                    .isEqualTo(hasStreams && isLong ? Transport.STREAM : Transport.AGENT);
        }
    }
}

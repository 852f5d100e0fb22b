// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import static dev.bellhop.server.file.PortedFiles.path;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.api.tar.TarMember;
import dev.bellhop.api.tar.TarWriter;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.stream.PortedVm;
import dev.bellhop.server.vm.Transport;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Trees of a guest that is this machine, over a stream and by its agent's calls. */
@Timeout(120)
@Tag("real")
class LocalTreesTest {
    @TempDir
    private Path folder;

    private PortedFiles scene;
    private Path guest;
    private PortedVm vm;
    private LocalGuestFiles files;

    @BeforeEach
    void start() throws Exception {
        scene = PortedFiles.start(folder);
        guest = scene.guest();
        vm = scene.vm();
        files = scene.files();
    }

    @AfterEach
    void stop() {
        scene.close();
    }

    private byte[] packed(Path tree) {
        GuestFiles.Tree open = files.pack(PortedVm.ID, path(tree), PathLimits.NONE);
        assertThat(open.path()).isEqualTo(path(tree));
        assertThat(open.transport()).isEqualTo(vm.hasStreams ? Transport.STREAM : Transport.AGENT);
        try {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            byte[] piece = files.read(PortedVm.ID, open.id(), 0, GuestFiles.MAX_PIECE);
            while (piece.length > 0) {
                all.writeBytes(piece);
                piece = files.read(PortedVm.ID, open.id(), all.size(), GuestFiles.MAX_PIECE);
            }
            return all.toByteArray();
        } finally {
            files.close(PortedVm.ID, open.id());
        }
    }

    private void write(GuestFiles.Tree tree, byte[] tar) {
        for (int at = 0; at < tar.length; ) {
            at += files.write(
                    PortedVm.ID,
                    tree.id(),
                    at,
                    Arrays.copyOfRange(tar, at, Math.min(tar.length, at + GuestFiles.MAX_PIECE)));
        }
    }

    private List<String> names(Path in) throws IOException {
        try (Stream<Path> all = Files.list(in)) {
            return all.map(each -> each.getFileName().toString()).sorted().toList();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aTreeIsPackedAndUnpacked(boolean hasStreams) throws Exception {
        vm.hasStreams = hasStreams;
        Path tree = Files.createDirectory(guest.resolve("tree"));
        Files.createDirectory(tree.resolve("sub"));
        byte[] large = new byte[3_000_000];
        new Random(4).nextBytes(large);
        Files.write(tree.resolve("sub/large"), large);
        for (int i = 0; i < 300; i++) {
            Files.writeString(tree.resolve("f" + i), "content " + i);
        }
        byte[] tar = packed(tree);
        Path back = guest.resolve("back");
        GuestFiles.Tree open = files.unpack(PortedVm.ID, path(back), PathLimits.NONE);
        assertThat(open.created()).isTrue();
        assertThat(open.transport()).isEqualTo(hasStreams ? Transport.STREAM : Transport.AGENT);
        write(open, tar);
        files.finish(PortedVm.ID, open.id());
        files.close(PortedVm.ID, open.id());
        Process diff = new ProcessBuilder("diff", "-r", tree.toString(), back.toString())
                .inheritIO()
                .start();
        assertThat(diff.waitFor()).isZero();
        assertThat(names(back)).hasSize(301);
        assertThat(vm.plugged.isEmpty()).isEqualTo(!hasStreams);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatIsGivenUpLeavesNothingBehind(boolean hasStreams) throws Exception {
        vm.hasStreams = hasStreams;
        GuestFiles.Tree open = files.unpack(PortedVm.ID, path(guest), PathLimits.NONE);
        ByteArrayOutputStream tar = new ByteArrayOutputStream();
        TarWriter writer = new TarWriter(tar);
        writer.begin(TarMember.file("f".getBytes(StandardCharsets.UTF_8), 0644, 0, 1_000_000));
        writer.write(new byte[300_000], 0, 300_000);
        write(open, tar.toByteArray());
        files.close(PortedVm.ID, open.id());
        // The one place for a transfer is free again, and what was begun is gone.
        while (!names(guest).isEmpty()) {
            Thread.onSpinWait();
        }
        assertThat(packed(guest)).isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theGuestSaysWhatItCannotUnpack(boolean hasStreams) throws Exception {
        vm.hasStreams = hasStreams;
        Files.createDirectories(guest.resolve("tree/sub"));
        ByteArrayOutputStream tar = new ByteArrayOutputStream();
        TarWriter writer = new TarWriter(tar);
        writer.begin(TarMember.file("sub".getBytes(StandardCharsets.UTF_8), 0644, 0, 0));
        writer.finish();
        GuestFiles.Tree open = files.unpack(PortedVm.ID, path(guest.resolve("tree")), PathLimits.NONE);
        write(open, tar.toByteArray());
        assertThatThrownBy(() -> files.finish(PortedVm.ID, open.id()))
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.GUEST_REFUSED))
                .hasMessageContaining("a directory is in the place of a file (sub: ");
        files.close(PortedVm.ID, open.id());
        assertThat(names(guest.resolve("tree"))).containsExactly("sub");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatThePolicyOrTheGuestRefusesIsSaidAtOnce(boolean hasStreams) throws Exception {
        vm.hasStreams = hasStreams;
        Path file = Files.createFile(guest.resolve("f"));
        Path in = Files.createDirectory(guest.resolve("in"));
        PathLimits limits = new PathLimits(List.of(List.of(path(in))));
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> files.pack(PortedVm.ID, path(file), PathLimits.NONE))
                    .hasMessageContaining("it is no directory");
            assertThatThrownBy(() -> files.unpack(PortedVm.ID, path(guest.resolve("x/y")), PathLimits.NONE))
                    .hasMessageContaining("is not there");
            assertThatThrownBy(() -> files.pack(PortedVm.ID, path(guest), limits))
                    .isInstanceOfSatisfying(
                            BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.POLICY_REFUSED));
            assertThatThrownBy(() -> files.unpack(PortedVm.ID, path(guest.resolve("new")), limits))
                    .isInstanceOfSatisfying(
                            BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.POLICY_REFUSED));
        }
        assertThat(names(guest)).containsExactly("f", "in");
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.api.tar.TarMember;
import dev.bellhop.api.tar.TarMember.Kind;
import dev.bellhop.api.tar.TarWriter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a hostile guest's tar can do here: nothing outside of the directory that it is unpacked in. */
class TreeUnpackerTest {
    @TempDir
    private Path folder;

    private Path root;
    private Path outside;
    private final List<String> leftOut = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        folder = folder.toRealPath();
        root = Files.createDirectory(folder.resolve("root"));
        outside = Files.writeString(folder.resolve("outside"), "old");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static TarMember file(String name) {
        return TarMember.file(bytes(name), 0644, 0, 3);
    }

    private void unpack(TarMember... members) throws IOException {
        unpack(1 << 20, members);
    }

    private void unpack(long maxRemembered, TarMember... members) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        TarWriter writer = new TarWriter(out);
        for (TarMember member : members) {
            writer.begin(member);
            writer.write(bytes("new"), 0, (int) member.stored());
            writer.end();
        }
        writer.finish();
        try {
            new TreeUnpacker(root, leftOut::add, maxRemembered).unpack(new ByteArrayInputStream(out.toByteArray()));
        } finally {
            assertThat(Files.readString(outside)).isEqualTo("old");
            try (Stream<Path> all = Files.list(folder)) {
                assertThat(all).containsExactlyInAnyOrder(root, outside);
            }
            try (Stream<Path> all = Files.walk(root)) {
                assertThat(all).noneMatch(path -> path.toString().endsWith(".part"));
            }
        }
    }

    /** They are remembered until the end, and a guest can send millions of them. */
    @Test
    void linksAndDirectoriesHaveABoundTogether() throws IOException {
        TarMember link = TarMember.symlink(bytes("link"), bytes("t".repeat(4000)), 0);
        unpack(10_000, link, link);
        assertThatThrownBy(() -> unpack(10_000, link, link, link)).hasMessageContaining("more links and directories");
        TarMember folder = TarMember.directory(bytes("d".repeat(100)), 0755, 0);
        assertThatThrownBy(() -> unpack(1_000, folder, folder, folder))
                .hasMessageContaining("more links and directories");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../outside", "/tmp/x", "a/../../outside", ".."})
    void aNameThatLeadsOutIsRefused(String name) {
        assertThatThrownBy(() -> unpack(file(name))).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> unpack(TarMember.hardLink(bytes("x"), bytes(name), 0644, 0)))
                .isInstanceOf(IOException.class);
    }

    @Test
    void noLinkOfTheTarIsGoneThrough() throws Exception {
        unpack(
                TarMember.symlink(bytes("up"), bytes(".."), 0),
                file("up/outside"),
                TarMember.symlink(bytes("f"), bytes("../outside"), 0),
                file("f"));
        assertThat(leftOut).containsExactly("up", "f");
        assertThat(Files.readString(root.resolve("up/outside"))).isEqualTo("new");
        assertThat(Files.readString(root.resolve("f"))).isEqualTo("new");
    }

    @Test
    void aLinkThatIsThereIsNotGoneThrough() throws Exception {
        Files.createSymbolicLink(root.resolve("up"), folder);
        assertThatThrownBy(() -> unpack(file("up/outside"))).hasMessageContaining("in its way");
        assertThatThrownBy(() -> unpack(TarMember.directory(bytes("up/d"), 0755, 0)))
                .hasMessageContaining("in its way");
        assertThatThrownBy(() -> unpack(TarMember.hardLink(bytes("x"), bytes("up/outside"), 0644, 0)))
                .hasMessageContaining("in its way");
        // Itself it is replaced.
        unpack(file("up"));
        assertThat(Files.isRegularFile(root.resolve("up"), LinkOption.NOFOLLOW_LINKS))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/etc/passwd", "../../outside", "d/../../..", "x/..", "../.."})
    void aLinkThatMayLeadOutIsLeftOut(String target) throws Exception {
        unpack(TarMember.directory(bytes("d"), 0755, 0), TarMember.symlink(bytes("d/l"), bytes(target), 0));
        assertThat(leftOut).containsExactly("d/l");
        assertThat(Files.exists(root.resolve("d/l"), LinkOption.NOFOLLOW_LINKS)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"f", "../f", "./x/y", "..", "../none/f"})
    void aLinkThatStaysWithinIsMade(String target) throws Exception {
        unpack(TarMember.directory(bytes("d"), 0755, 0), TarMember.symlink(bytes("d/l"), bytes(target), 0));
        assertThat(leftOut).isEmpty();
        assertThat(Files.readSymbolicLink(root.resolve("d/l"))).hasToString(target);
    }

    @Test
    void nothingSetsAUser() throws Exception {
        unpack(new TarMember(bytes("f"), Kind.FILE, 06755, 0, 0, 0, 3, new byte[0], List.of()));
        assertThat((int) Files.getAttribute(root.resolve("f"), "unix:mode") & 07777)
                .isEqualTo(0755);
    }

    @Test
    void whatIsThereKeepsItsMode() throws Exception {
        Path there = Files.createDirectory(
                root.resolve("d"), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        unpack(
                TarMember.directory(bytes(""), 0777, 0),
                TarMember.directory(bytes("d"), 0777, 0),
                TarMember.directory(bytes("e"), 0711, 0));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(there)))
                .isEqualTo("rwx------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(root.resolve("e"))))
                .isEqualTo("rwx--x--x");
    }
}

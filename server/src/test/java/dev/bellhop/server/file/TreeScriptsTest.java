// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.bellhop.api.tar.TarMember;
import dev.bellhop.api.tar.TarWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What packs and unpacks in guests with perl, with GNU's tar and with busybox alone. */
@Timeout(60)
@Tag("real")
class TreeScriptsTest {
    private static final List<String> TOOLS = List.of(
            "sh", "readlink", "stat", "rm", "mkdir", "sync", "tail", "head", "sleep", "du", "df", "mktemp", "cat");

    @TempDir
    private Path folder;

    private Path guest;
    private Path programs;

    @BeforeEach
    void start() throws Exception {
        folder = folder.toRealPath();
        guest = Files.createDirectory(folder.resolve("guest"));
        programs = Files.createDirectory(folder.resolve("bin"));
    }

    @AfterEach
    void stop() throws IOException {
        try (var all = Files.list(programs)) {
            for (Path link : all.toList()) {
                Files.delete(link);
            }
        }
    }

    /** @param kind perl, python3, gnu or busybox */
    private void guestHas(String kind) throws Exception {
        boolean hasBusybox = kind.equals("busybox");
        assumeTrue(!hasBusybox || Files.exists(Path.of("/usr/bin/busybox")));
        assumeTrue(!kind.startsWith("p") || "root".equals(System.getProperty("user.name")), "chroot takes root");
        for (String tool : TOOLS) {
            link(tool, hasBusybox ? "busybox" : tool);
        }
        link("tar", hasBusybox ? "busybox" : "tar");
        if (kind.equals("perl") || kind.equals("python3")) {
            link(kind, kind);
        }
    }

    private void link(String name, String program) throws IOException {
        Path real = Path.of("/usr/bin", program);
        Files.createSymbolicLink(programs.resolve(name), Files.exists(real) ? real : Path.of("/bin", program));
    }

    @SuppressWarnings("ArrayRecordComponent") // Read once.
    private record Run(int exitCode, byte[] out, String err) {
        String answer() {
            return new String(out, StandardCharsets.ISO_8859_1);
        }
    }

    private Run run(String script, byte[] input) throws Exception {
        Path in = Files.write(folder.resolve("stdin"), input);
        Path err = folder.resolve("stderr");
        ProcessBuilder builder = new ProcessBuilder(programs.resolve("sh").toString(), "-c", script)
                .redirectInput(in.toFile())
                .redirectError(err.toFile());
        builder.environment().put("PATH", programs.toString());
        Process process = builder.start();
        byte[] out = process.getInputStream().readAllBytes();
        return new Run(process.waitFor(), out, Files.readString(err, StandardCharsets.ISO_8859_1));
    }

    private static GuestPath path(Path path) {
        return GuestPath.of(path.toString()).orElseThrow();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static byte[] tar(Object... membersAndContents) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        TarWriter writer = new TarWriter(out);
        for (Object each : membersAndContents) {
            if (each instanceof TarMember member) {
                writer.begin(member);
            } else {
                byte[] content = bytes((String) each);
                writer.write(content, 0, content.length);
                writer.end();
            }
        }
        writer.finish();
        return out.toByteArray();
    }

    private PathLimits within(Path limit) {
        return new PathLimits(List.of(List.of(path(limit))));
    }

    /** One that is there leads out by its text, and from another directory it would lead elsewhere. */
    @ParameterizedTest
    @ValueSource(strings = {"perl", "python3"})
    void aLimitedTreeGivesALinkThatIsThereNoOtherName(String kind) throws Exception {
        guestHas(kind);
        Path tree = Files.createDirectory(guest.resolve("tree"));
        Files.createDirectory(tree.resolve("sub"));
        Files.createSymbolicLink(tree.resolve("sub/link"), Path.of("../../secret"));
        byte[] tar = tar(TarMember.hardLink(bytes("other"), bytes("sub/link"), 0644, 0), "");

        Run refused = run(TreeScripts.unpack(path(tree), within(tree)), tar);

        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.err()).contains("other: a hard link to a symbolic link");
        try (var all = Files.list(tree)) {
            assertThat(all).containsExactly(tree.resolve("sub"));
        }
        Run free = run(TreeScripts.unpack(path(tree), PathLimits.NONE), tar);
        assertThat(free.exitCode()).as(free.err()).isZero();
        assertThat(tree.resolve("other")).isSymbolicLink();
    }

    @ParameterizedTest
    @ValueSource(strings = {"perl", "python3", "gnu", "busybox"})
    void aTreeSurvives(String kind) throws Exception {
        guestHas(kind);
        String part = "p".repeat(120);
        byte[] tar = tar(
                TarMember.directory(bytes(""), 0750, 1_000_000_000),
                "",
                TarMember.directory(bytes("sub"), 0700, 1_100_000_000),
                "",
                TarMember.directory(bytes(part), 0755, 1_200_000_000),
                "",
                TarMember.file(bytes(part + "/" + part), 04755, 1_300_000_000, 3),
                "abc",
                TarMember.file(bytes("none"), 0600, 1_400_000_000, 0),
                "",
                TarMember.hardLink(bytes("hard"), bytes(part + "/" + part), 04755, 1_300_000_000),
                "",
                TarMember.symlink(bytes("link"), bytes("/" + part), 1_500_000_000),
                "",
                TarMember.file(bytes("sub/\n"), 0600, 1_600_000_000, 0),
                "",
                TarMember.file(bytes("no\nutf\u00ff"), 0644, 1_600_000_000, 1),
                "x");
        Run run = run(TreeScripts.unpack(path(guest.resolve("new")), PathLimits.NONE), tar);
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.answer()).isEqualTo("ok\0" + guest.resolve("new") + "\0" + "1\0" + kind + "\0");
        Path tree = guest.resolve("new");
        Path file = tree.resolve(part).resolve(part);
        assertThat(Files.readString(file)).isEqualTo("abc");
        assertThat((int) Files.getAttribute(file, "unix:mode") & 07777).isEqualTo(04755);
        assertThat(Files.getLastModifiedTime(file).toMillis()).isEqualTo(1_300_000_000_000L);
        assertThat(Files.getAttribute(tree.resolve("hard"), "unix:ino"))
                .isEqualTo(Files.getAttribute(file, "unix:ino"));
        assertThat(Files.size(tree.resolve("none"))).isZero();
        assertThat(tree.resolve("sub").resolve("\n")).exists();
        assertThat(Files.readSymbolicLink(tree.resolve("link"))).isEqualTo(Path.of("/" + part));
        assertThat((int) Files.getAttribute(tree.resolve("sub"), "unix:mode") & 07777)
                .isEqualTo(0700);
        assertThat((int) Files.getAttribute(tree, "unix:mode") & 07777).isEqualTo(0750);

        // And what is packed of it is the same again.
        Run packed = run(TreeScripts.pack(path(tree), PathLimits.NONE), new byte[0]);
        assertThat(packed.exitCode()).as(packed.err()).isZero();
        byte[] again = Arrays.copyOfRange(packed.out(), ("ok\0" + tree + "\0").length(), packed.out().length);
        Run back = run(TreeScripts.unpack(path(guest.resolve("back")), PathLimits.NONE), again);
        assertThat(back.exitCode()).as(back.err()).isZero();
        Process diff = new ProcessBuilder(
                        "diff",
                        "-r",
                        "--no-dereference",
                        tree.toString(),
                        guest.resolve("back").toString())
                .inheritIO()
                .start();
        assertThat(diff.waitFor()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"perl", "python3", "gnu"})
    void aSparseFileKeepsItsHoles(String kind) throws Exception {
        guestHas(kind);
        List<TarMember.Piece> pieces = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            pieces.add(new TarMember.Piece(102_400L * i, i < 29 ? 512 : 3));
        }
        TarMember file = TarMember.file(bytes("f"), 0644, 0, 5_000_000).sparse(pieces);
        Run run = run(TreeScripts.unpack(path(guest), PathLimits.NONE), tar(file, "x".repeat(29 * 512) + "xyz"));
        assertThat(run.exitCode()).as(run.err()).isZero();
        byte[] content = Files.readAllBytes(guest.resolve("f"));
        byte[] expected = new byte[5_000_000];
        for (TarMember.Piece piece : pieces) {
            byte[] there = bytes(piece.length() == 3 ? "xyz" : "x".repeat(512));
            System.arraycopy(there, 0, expected, (int) piece.offset(), there.length);
        }
        assertThat(Arrays.equals(content, expected)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"perl", "python3"})
    void noLinkLeadsOutOfTheFolder(String kind) throws Exception {
        guestHas(kind);
        Path tree = Files.createDirectory(guest.resolve("tree"));
        Path out = Files.createDirectory(guest.resolve("out"));
        Files.writeString(out.resolve("f"), "old");
        for (String there : new String[] {"there", "there2", "f"}) {
            Files.createSymbolicLink(tree.resolve(there), there.equals("f") ? out.resolve("f") : out);
        }
        Run run = run(
                TreeScripts.unpack(path(tree), within(tree)),
                tar(
                        TarMember.directory(bytes("there"), 0755, 0),
                        "",
                        TarMember.file(bytes("there/f"), 0644, 0, 3),
                        "new",
                        TarMember.file(bytes("f"), 0644, 0, 3),
                        "new",
                        TarMember.symlink(bytes("mine"), bytes("../out"), 0),
                        "",
                        TarMember.file(bytes("mine/f"), 0644, 0, 3),
                        "new"));
        assertThat(run.exitCode()).isNotZero();
        assertThat(run.err()).contains("mine/f");
        run(TreeScripts.unpack(path(tree), within(tree)), tar(TarMember.file(bytes("there2/f"), 0644, 0, 3), "new"));
        run(TreeScripts.unpack(path(tree), within(tree)), tar(TarMember.file(bytes("../out/f"), 0644, 0, 3), "new"));
        assertThat(Files.readString(out.resolve("f"))).isEqualTo("old");
        assertThat(Files.readString(tree.resolve("there/f"))).isEqualTo("new");
        assertThat(Files.isDirectory(tree.resolve("there"), LinkOption.NOFOLLOW_LINKS))
                .isTrue();
        assertThat(Files.isRegularFile(tree.resolve("f"), LinkOption.NOFOLLOW_LINKS))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"perl", "python3"})
    void whatBreaksOffLeavesNoHalfFile(String kind) throws Exception {
        guestHas(kind);
        byte[] tar = tar(
                TarMember.file(bytes("a"), 0644, 0, 1),
                "a",
                TarMember.file(bytes("b"), 0644, 0, 3000),
                "b".repeat(3000));
        Run run = run(TreeScripts.unpack(path(guest), PathLimits.NONE), Arrays.copyOf(tar, 2500));
        assertThat(run.exitCode()).isNotZero();
        assertThat(run.err()).contains("b: the tar ends early");
        try (var all = Files.list(guest)) {
            assertThat(all).extracting(each -> each.getFileName().toString()).containsExactly("a");
        }
    }

    /** Neither tar is safe against links that are put there meanwhile. */
    @Test
    void aLimitedKeyDoesNotGetByWithoutWhatIsSafe() throws Exception {
        guestHas("busybox");
        assertThat(run(TreeScripts.unpack(path(guest), within(guest)), new byte[0])
                        .answer())
                .startsWith("no\0no_chroot\0");
        assertThat(run(TreeScripts.pack(path(guest), within(guest)), new byte[0])
                        .answer())
                .startsWith("no\0busybox_tar\0");
        Files.delete(programs.resolve("tar"));
        assertThat(run(TreeScripts.pack(path(guest), PathLimits.NONE), new byte[0])
                        .answer())
                .isEqualTo("no\0tool\0tar\0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"perl", "python3", "gnu"})
    void whatIsThereOfAFolderStays(String kind) throws Exception {
        guestHas(kind);
        Path there = Files.createDirectories(guest.resolve("d/sub"));
        Files.writeString(there.resolve("kept"), "kept");
        Object mode = Files.getAttribute(there, "unix:mode");
        Run run = run(
                TreeScripts.unpack(path(guest), PathLimits.NONE),
                tar(
                        TarMember.directory(bytes("d/sub"), 0700, 0),
                        "",
                        TarMember.file(bytes("d/sub/new"), 0644, 0, 3),
                        "new"));
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(Files.readString(there.resolve("kept"))).isEqualTo("kept");
        assertThat(Files.readString(there.resolve("new"))).isEqualTo("new");
        assertThat(Files.getAttribute(there, "unix:mode")).isEqualTo(mode);
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.file;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.cli.Cli;
import dev.bellhop.cli.RealServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a file that is copied out of a VM may find under its new name. */
@Timeout(120)
@Tag("real")
class FileTargetsTest {
    @TempDir
    private Path folder;

    private RealServer real;
    private Path guest;
    private Path here;

    @BeforeEach
    void start() throws Exception {
        real = RealServer.start(folder);
        guest = Files.writeString(folder.resolve("f"), "new\n", StandardCharsets.UTF_8)
                .toRealPath();
        here = Files.createDirectory(folder.resolve("here")).toRealPath();
    }

    @AfterEach
    void stop() {
        real.close();
    }

    private Cli.Run fetch(Path target) {
        return real.run("cp", "1:" + guest, target.toString());
    }

    private List<String> names() throws Exception {
        try (Stream<Path> all = Files.list(here)) {
            return all.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    /** A device is no other thing, but a test that fails must not replace one. */
    @Test
    void aPipeIsWrittenIntoAndStaysOne() throws Exception {
        Path pipe = here.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        Path link = Files.createSymbolicLink(here.resolve("link"), pipe);
        for (Path target : new Path[] {pipe, link}) {
            Process reader = new ProcessBuilder("cat", pipe.toString()).start();
            Cli.Run run = fetch(target);
            assertThat(run.exitCode()).as(run.err()).isZero();
            assertThat(Files.readAttributes(target, "isOther")).containsEntry("isOther", true);
            CompletableFuture<Process> end = reader.onExit();
            assertThat(new String(reader.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .isEqualTo("new\n");
            assertThat(end.get(60, TimeUnit.SECONDS).exitValue()).isZero();
        }
        assertThat(names()).containsExactly("link", "pipe");
    }

    @Test
    void whatALinkLeadsToIsReplacedAndNotTheLink() throws Exception {
        Files.setPosixFilePermissions(guest, PosixFilePermissions.fromString("rw-r-----"));
        Path file = Files.writeString(Files.createDirectory(here.resolve("d")).resolve("file"), "old");
        Path link = Files.createSymbolicLink(here.resolve("link"), Path.of("d/file"));

        Cli.Run run = fetch(link);

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(link).isSymbolicLink();
        assertThat(file).hasContent("new");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS)))
                .isEqualTo("rw-r-----");
    }

    @Test
    void aLinkThatLeadsToNothingIsRefused() throws Exception {
        Path link = Files.createSymbolicLink(here.resolve("link"), Path.of("nothing"));

        Cli.Run run = fetch(link);

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("Cannot write " + link + " because it is a link that leads to nothing");
        assertThat(link).isSymbolicLink();
        assertThat(names()).containsExactly("link");
    }

    @Test
    void aDirectoryIsNotReplaced() throws Exception {
        Files.createDirectory(here.resolve("f"));

        Cli.Run run = fetch(here);

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("Cannot write " + here.resolve("f") + " because it is a directory");
    }

    @Test
    void aFolderThatIsMissingIsSaidToBe() {
        Cli.Run run = fetch(here.resolve("none/f"));

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("Cannot write " + here.resolve("none/f") + ": there is no such directory");
    }
}

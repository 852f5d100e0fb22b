// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.file.FileCommit.Condition;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a guest's shell does with an upload that is whole. Its {@code sha256sum} is one that tells that it was called, and lies. */
@Tag("real")
class FileScriptsTest {
    private static final String SUM = "a".repeat(64);

    @TempDir
    private Path folder;

    private Path called;

    @BeforeEach
    void lie() throws Exception {
        called = folder.resolve("called");
        Path bin = Files.createDirectory(folder.resolve("bin"));
        Files.createFile(
                bin.resolve("sha256sum"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Files.writeString(
                bin.resolve("sha256sum"), "#!/bin/sh\ntouch '" + called + "'\necho " + "b".repeat(64) + "  -\n");
    }

    @Test
    void whatWasAcknowledgedPieceByPieceIsNotReadAgain() throws Exception {
        FileReply reply = commit(true, PathLimits.NONE);
        assertThat(reply.text(3)).isEqualTo(SUM);
        assertThat(folder.resolve("f")).hasContent("new");
        assertThat(called).doesNotExist();
    }

    @Test
    void whatWasNotIsComparedWithItsDigest() throws Exception {
        assertThat(commit(false, PathLimits.NONE).text(1)).isEqualTo("digest");
        assertThat(folder.resolve("f")).doesNotExist();
        assertThat(called).exists();
    }

    /** It may have become one since the upload was begun. */
    @Test
    void aProgramThatRunsAsAnotherIsNotReplacedForALimitedKey() throws Exception {
        Path file = Files.writeString(folder.resolve("f"), "old");
        Files.setAttribute(file, "unix:mode", 02755);
        assertThat(commit(true, within()).text(1)).isEqualTo("set_id");
        assertThat(file).hasContent("old");
        assertThat(commit(true, PathLimits.NONE).text(3)).isEqualTo(SUM);
        assertThat(file).hasContent("new");
    }

    /** What is in it is as much its size as its bytes. */
    @Test
    void norIsItCutUnlessItGetsAnotherMode() throws Exception {
        Path file = Files.writeString(folder.resolve("f"), "old");
        Files.setAttribute(file, "unix:mode", 04755);
        assertThat(cut(null).text(1)).isEqualTo("set_id");
        assertThat(file).hasContent("old");
        assertThat(cut(0755).isOk()).isTrue();
        assertThat(file).hasContent("o");
        assertThat(cut(null).isOk()).isTrue();
    }

    /** Not the root of all: no path of this guest is on a drive. */
    @Test
    void theRootOfADriveIsALimit() throws Exception {
        GuestPath path = GuestPath.of(folder.toRealPath().toString()).orElseThrow();
        var drive = new PathLimits(List.of(List.of(GuestPath.of("C:/").orElseThrow())));
        assertThat(run(FileScripts.find(path, true, drive)).text(1)).isEqualTo("outside");
        assertThat(run(FileScripts.find(path, true, within())).isOk()).isTrue();
    }

    /** It is compared in the same run of the guest's shell that changes it. */
    @Test
    void aChangeIsMadeOnlyInTheStateThatWasSeen() throws Exception {
        Path file = Files.writeString(folder.resolve("f"), "old");
        GuestPath path = GuestPath.of(file.toRealPath().toString()).orElseThrow();
        GuestPath to = GuestPath.of(folder.toRealPath() + "/g").orElseThrow();
        List<FileChange> changes = List.of(
                new FileChange.ChangeMode(path, 0600),
                new FileChange.ChangeOwner(path, "1:1"),
                new FileChange.Rename(path, to, false),
                new FileChange.Delete(to, false));
        FileStat stale = run(FileScripts.find(path, true, PathLimits.NONE)).stat(1);
        Files.writeString(file, "newer");
        for (FileChange change : changes) {
            FileStat seen =
                    run(FileScripts.find(change.path(), false, PathLimits.NONE)).stat(1);
            assertThat(run(FileScripts.change(change, stale, PathLimits.NONE)).text(1))
                    .as(change.toString())
                    .isEqualTo("modified");
            assertThat(run(FileScripts.find(change.path(), false, PathLimits.NONE))
                            .stat(1))
                    .isEqualTo(seen);
            assertThat(run(FileScripts.change(change, seen, PathLimits.NONE)).isOk())
                    .as(change.toString())
                    .isTrue();
        }
        assertThat(folder.resolve("g")).doesNotExist();
    }

    private FileReply cut(@Nullable Integer mode) throws Exception {
        GuestPath path = GuestPath.of(folder.toRealPath() + "/f").orElseThrow();
        var change = new FileChange.SetAttributes(path, true, new FileAttributes(1L, mode, null, null, null), null);
        return run(FileScripts.change(change, null, within()));
    }

    private PathLimits within() throws Exception {
        return new PathLimits(
                List.of(List.of(GuestPath.of(folder.toRealPath().toString()).orElseThrow())));
    }

    private FileReply commit(boolean acknowledged, PathLimits limits) throws Exception {
        GuestPath path = GuestPath.of(folder.toRealPath() + "/f").orElseThrow();
        String temporary = FileScripts.temporary(path, "upload-1");
        Path part = Files.writeString(folder.resolve(temporary), "new");
        String identity = Files.getAttribute(part, "unix:dev") + " " + Files.getAttribute(part, "unix:ino") + " 1";
        var commit = new FileCommit(3, SUM, acknowledged, null, new Condition.Any(), null, null, null);
        String script = FileScripts.commit(path, temporary, identity, "", commit, limits);
        return run(script);
    }

    private FileReply run(String script) throws Exception {
        Process shell = new ProcessBuilder("sh", "-c", "PATH='" + folder.resolve("bin") + "':$PATH\n" + script)
                .redirectInput(new File("/dev/null"))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        byte[] told = shell.getInputStream().readAllBytes();
        assertThat(shell.waitFor(1, TimeUnit.MINUTES)).isTrue();
        return FileReply.parse(told);
    }
}

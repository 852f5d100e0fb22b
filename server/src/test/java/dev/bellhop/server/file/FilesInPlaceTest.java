// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import static dev.bellhop.server.file.PortedFiles.path;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.file.FileOpening.Access;
import dev.bellhop.server.file.FileOpening.Creation;
import dev.bellhop.server.stream.PortedVm;
import dev.bellhop.server.stream.StreamLease;
import dev.bellhop.server.vm.Transport;
import dev.bellhop.server.vm.VmId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Files of a guest that is this machine, opened by their names while a stream is open. */
@Timeout(120)
@Tag("real")
class FilesInPlaceTest {
    /** Unmounts for the guest what this machine has from other machines and from programs. */
    private static final String ONLY_LOCAL = """
            while read -r _ at type _; do
            case $type in
            nfs*|cifs|9p|virtiofs|fuse|fuse.*) umount -l "$at" ;;
            esac
            done </proc/self/mounts
            """;

    private static final byte[] TEXT = "text".getBytes(StandardCharsets.US_ASCII);

    @TempDir
    private Path folder;

    private PortedFiles scene;
    private Path guest;
    private StreamLease lease;

    @BeforeEach
    void start() throws Exception {
        scene = PortedFiles.startStreaming(folder, ONLY_LOCAL);
        guest = scene.guest();
        lease = scene.streams().acquire(PortedVm.ID, Deadline.after(Duration.ofSeconds(20)));
    }

    @AfterEach
    void stop() {
        lease.close();
        scene.close();
    }

    private GuestFiles.Opened open(Path file, FileOpening opening) {
        return scene.files().openInPlace(PortedVm.ID, path(file), opening, PathLimits.NONE);
    }

    private void write(GuestFiles.Opened file) {
        assertThat(scene.files().write(PortedVm.ID, file.id(), 0, TEXT)).isEqualTo(TEXT.length);
        scene.files().flush(PortedVm.ID, file.id());
        scene.files().close(PortedVm.ID, file.id());
    }

    private static FileOpening making(Creation creation, int mode) {
        return new FileOpening(Access.WRITE, creation, true, mode, null);
    }

    private static void assertMode(Path file, String mode) throws IOException {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo(mode);
    }

    @Test
    void newFileHasTheModeThatWasAskedFor() throws Exception {
        Path file = guest.resolve("f");
        GuestFiles.Opened opened = open(file, making(Creation.MISSING, 0662));
        assertThat(opened.transport()).isEqualTo(Transport.STREAM);
        assertThat(opened.path()).isEqualTo(path(file));
        write(opened);
        assertThat(file).hasBinaryContent(TEXT);
        assertMode(file, "rw-rw--w-");
    }

    @Test
    void truncatedFileKeepsItsMode() throws Exception {
        Path file = Files.writeString(guest.resolve("f"), "longer than the new text");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-x---"));
        GuestFiles.Opened opened = open(file, making(Creation.MISSING, 0600));
        assertThat(opened.transport()).isEqualTo(Transport.STREAM);
        assertThat(opened.stat().size()).isZero();
        write(opened);
        assertThat(file).hasBinaryContent(TEXT);
        assertMode(file, "rwxr-x---");
    }

    @Test
    void streamTellsTheSameAsAScript() throws Exception {
        Path file = Files.writeString(guest.resolve("f"), "text");
        Path link = Files.createSymbolicLink(guest.resolve("l"), file);
        FileStat script = scene.files()
                .find(PortedVm.ID, path(file), true, PathLimits.NONE)
                .stat();
        GuestFiles.Opened opened = open(link, FileOpening.there(Access.READ, script.inode()));
        assertThat(opened.transport()).isEqualTo(Transport.STREAM);
        assertThat(opened.path()).isEqualTo(path(file));
        FileStat stat = opened.stat();
        assertThat(stat.type()).isEqualTo(FileType.FILE);
        assertThat(stat.size()).isEqualTo(4);
        assertThat(stat.mode()).isEqualTo(script.mode());
        assertThat(stat.uid()).isEqualTo(script.uid());
        assertThat(stat.inode()).isEqualTo(script.inode());
        assertThat(stat.modified().getEpochSecond()).isEqualTo(script.modified().getEpochSecond());
        assertThat(stat.changed().getEpochSecond()).isEqualTo(script.changed().getEpochSecond());
        assertThat(scene.files().read(PortedVm.ID, opened.id(), 1, 10))
                .isEqualTo("ext".getBytes(StandardCharsets.US_ASCII));
        scene.files().close(PortedVm.ID, opened.id());
    }

    private void assertRefused(Path file, FileOpening opening, ErrorCode code) {
        assertThatThrownBy(() -> open(file, opening))
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    @Test
    void refusalsAreTheSameAsWithoutAStream() throws Exception {
        Path file = Files.writeString(guest.resolve("f"), "text");
        Path pipe = guest.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        FileOpening read = FileOpening.there(Access.READ, null);
        assertRefused(guest.resolve("missing"), read, ErrorCode.FILE_NOT_FOUND);
        assertRefused(guest, read, ErrorCode.IS_DIRECTORY);
        assertRefused(guest, making(Creation.MISSING, 0600), ErrorCode.IS_DIRECTORY);
        assertRefused(pipe, read, ErrorCode.NOT_REGULAR_FILE);
        assertRefused(file, making(Creation.NEW, 0600), ErrorCode.FILE_EXISTS);
        assertRefused(guest.resolve("missing/f"), making(Creation.MISSING, 0600), ErrorCode.FILE_NOT_FOUND);
        assertRefused(file, FileOpening.there(Access.READ, "1 2"), ErrorCode.FILE_CHANGED);
        assertThat(file).hasContent("text");
    }

    /** A script finds out where a path leads before a file is made there. */
    @Test
    void limitedCallersGoByAScript() throws Exception {
        Path file = Files.writeString(guest.resolve("f"), "text");
        GuestFiles.Opened opened = scene.files()
                .openInPlace(
                        PortedVm.ID,
                        path(file),
                        FileOpening.there(Access.WRITE, null),
                        new PathLimits(List.of(List.of(path(guest)))));
        assertThat(opened.transport()).isEqualTo(Transport.AGENT);
        scene.files().close(PortedVm.ID, opened.id());
    }

    private boolean setAttributes(Path file, boolean follow, FileAttributes attributes, @Nullable String inode) {
        return scene.inPlace()
                .setAttributes(
                        PortedVm.ID,
                        new FileChange.SetAttributes(path(file), follow, attributes, inode),
                        PathLimits.NONE);
    }

    private String inode(Path file) {
        return scene.files()
                .find(PortedVm.ID, path(file), true, PathLimits.NONE)
                .stat()
                .inode();
    }

    @Test
    void attributesAreChangedOverTheStream() throws Exception {
        Path file = Files.writeString(guest.resolve("f"), "longer");
        FileAttributes all = new FileAttributes(4L, 04750, "12:34", 1_000_000_000L, 4_000_000_000L);
        assertThat(setAttributes(file, false, all, inode(file))).isTrue();
        // Before it is read, which is an access.
        assertThat(Files.readAttributes(file, "unix:mode,uid,gid,lastAccessTime,lastModifiedTime"))
                .containsEntry("mode", 0104750)
                .containsEntry("uid", 12)
                .containsEntry("gid", 34)
                .containsEntry("lastAccessTime", FileTime.from(1_000_000_000L, TimeUnit.SECONDS))
                .containsEntry("lastModifiedTime", FileTime.from(4_000_000_000L, TimeUnit.SECONDS));
        assertThat(file).hasContent("long");
    }

    @Test
    void attributesGoByALinkThatIsFollowed() throws Exception {
        Path file = Files.writeString(guest.resolve("f"), "text");
        Path link = Files.createSymbolicLink(guest.resolve("l"), file);
        FileAttributes mode = new FileAttributes(null, 0400, null, null, null);
        assertThat(setAttributes(link, true, mode, null)).isTrue();
        assertThat(Files.getAttribute(file, "unix:mode")).isEqualTo(0100400);
    }

    /** Among them changes that a script refuses with an explanation. */
    @Test
    void attributesThatAreLeftToAScriptAreNotChanged() throws Exception {
        Path file = Files.writeString(guest.resolve("f"), "text");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        Path link = Files.createSymbolicLink(guest.resolve("l"), file);
        FileAttributes mode = new FileAttributes(null, 0644, null, null, null);
        assertThat(setAttributes(link, false, mode, null)).isFalse();
        assertThat(setAttributes(file, true, mode, "1 2")).isFalse();
        assertThat(setAttributes(file, true, new FileAttributes(null, 0644, "root", null, null), null))
                .isFalse();
        assertThat(setAttributes(file, true, new FileAttributes(null, 0644, null, 1L, null), null))
                .isFalse();
        assertThat(setAttributes(guest, true, mode, null)).isFalse();
        assertThat(setAttributes(guest.resolve("missing"), true, mode, null)).isFalse();
        assertThat(scene.inPlace()
                        .setAttributes(
                                PortedVm.ID,
                                new FileChange.SetAttributes(path(file), true, mode, null),
                                new PathLimits(List.of(List.of(path(guest))))))
                .isFalse();
        assertThat(Files.getAttribute(file, "unix:mode")).isEqualTo(0100600);
    }

    /** As a client has to see it: the file has the size that it asked for last. */
    @Test
    void attributesAndWritesKeepTheirOrder() throws Exception {
        Path file = guest.resolve("f");
        GuestFiles.Opened opened = open(file, making(Creation.MISSING, 0600));
        assertThat(scene.files().write(PortedVm.ID, opened.id(), 0, TEXT)).isEqualTo(TEXT.length);
        scene.files().flush(PortedVm.ID, opened.id());
        FileAttributes size = new FileAttributes(2L, null, null, null, null);
        assertThat(setAttributes(file, false, size, opened.stat().inode())).isTrue();
        assertThat(file).hasContent("te");
        assertThat(scene.files().write(PortedVm.ID, opened.id(), 2, TEXT)).isEqualTo(TEXT.length);
        scene.files().flush(PortedVm.ID, opened.id());
        scene.files().close(PortedVm.ID, opened.id());
        assertThat(file).hasContent("tetext");
    }

    /** As when a client copies many small files. */
    @Test
    void thirdOpenAsksForAStream() throws Exception {
        lease.close();
        scene.streams().forget(PortedVm.ID);
        Path file = Files.writeString(guest.resolve("f"), "text");
        List<VmId> asked = new ArrayList<>();
        FilesInPlace files = scene.inPlace(asked::add);
        for (int before = 0; before < 2; before++) {
            assertThat(openByAgent(files, file)).isEqualTo(Transport.AGENT);
            assertThat(asked).isEmpty();
        }
        assertThat(openByAgent(files, file)).isEqualTo(Transport.AGENT);
        assertThat(asked).containsExactly(PortedVm.ID);
    }

    private static @Nullable Transport openByAgent(FilesInPlace files, Path file) {
        return files.open(PortedVm.ID, path(file), FileOpening.there(Access.READ, null), PathLimits.NONE)
                .transport();
    }

    /** A program that writes into the pipe must not take an open for its reader. */
    @Test
    void pipesAreNotOpened() throws Exception {
        Path pipe = guest.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        Process writer = new ProcessBuilder("sh", "-c", "echo x >" + pipe).start();
        try {
            assertRefused(pipe, FileOpening.there(Access.READ, null), ErrorCode.NOT_REGULAR_FILE);
            assertRefused(pipe, making(Creation.MISSING, 0600), ErrorCode.NOT_REGULAR_FILE);
            assertThat(setAttributes(pipe, true, new FileAttributes(null, 0600, null, null, null), null))
                    .isFalse();
            assertThat(writer.isAlive()).isTrue();
            assertThat(new ProcessBuilder("cat", pipe.toString())
                            .start()
                            .inputReader()
                            .readLine())
                    .isEqualTo("x");
        } finally {
            writer.destroyForcibly();
        }
    }

    @Test
    void nameOfANewFileMayEndLikeThatOfADeletedOne() throws Exception {
        Path file = guest.resolve("f (deleted)");
        GuestFiles.Opened opened = open(file, making(Creation.NEW, 0600));
        assertThat(opened.path()).isEqualTo(path(file));
        write(opened);
        assertThat(file).hasBinaryContent(TEXT);
    }

    @Test
    void truncatedEmptyFileHasANewTime() throws Exception {
        Path file = Files.writeString(guest.resolve("f"), "");
        FileTime before = FileTime.from(1_000_000_000L, TimeUnit.SECONDS);
        Files.setLastModifiedTime(file, before);
        GuestFiles.Opened opened = open(file, making(Creation.MISSING, 0600));
        assertThat(opened.transport()).isEqualTo(Transport.STREAM);
        assertThat(Files.getLastModifiedTime(file)).isGreaterThan(before);
        assertThat(opened.stat().modified()).isAfter(before.toInstant());
        scene.files().close(PortedVm.ID, opened.id());
    }

    /** So that the file can be opened once more: nothing that was accepted is lost. */
    @Test
    void writeAfterTheStreamWasLostFailsAtOnce() throws Exception {
        GuestFiles.Opened opened = open(guest.resolve("f"), making(Creation.MISSING, 0600));
        scene.files().write(PortedVm.ID, opened.id(), 0, TEXT);
        scene.files().flush(PortedVm.ID, opened.id());
        lease.close();
        scene.streams().forget(PortedVm.ID);
        assertThatThrownBy(() -> scene.files().write(PortedVm.ID, opened.id(), 4, TEXT))
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.FILE_CHANGED));
    }

    /** In the guest, a write would hold up the terminals of the VM. */
    @Test
    void writeWaitsForTheThaw() throws Exception {
        GuestFiles.Opened opened = open(guest.resolve("f"), making(Creation.MISSING, 0600));
        Runnable thawed = scene.engine().guests().of(PortedVm.ID).freezing();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> writing = threads.submit(() -> write(opened));
            assertThatThrownBy(() -> writing.get(300, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
            assertThat(guest.resolve("f")).isEmptyFile();
            thawed.run();
            writing.get();
        }
        assertThat(guest.resolve("f")).hasBinaryContent(TEXT);
    }

    @Test
    void openAndChangeWaitForTheThaw() throws Exception {
        Path file = Files.writeString(guest.resolve("f"), "text");
        String inode = inode(file);
        FileAttributes size = new FileAttributes(1L, null, null, null, null);
        Runnable thawed = scene.engine().guests().of(PortedVm.ID).freezing();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> opening = threads.submit(() -> open(guest.resolve("new"), making(Creation.NEW, 0600)));
            Future<?> changing = threads.submit(() -> scene.files()
                    .change(
                            PortedVm.ID,
                            new FileChange.SetAttributes(path(file), false, size, inode),
                            PathLimits.NONE));
            assertThatThrownBy(() -> opening.get(300, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
            assertThat(changing).isNotDone();
            assertThat(guest.resolve("new")).doesNotExist();
            thawed.run();
            opening.get();
            changing.get();
        }
        assertThat(guest.resolve("new")).isEmptyFile();
        assertThat(file).hasContent("t");
    }

    @Test
    void longFreezeIsRefused() {
        Runnable thawed = scene.engine().guests().of(PortedVm.ID).freezing();
        assertThatThrownBy(() -> open(guest.resolve("f"), making(Creation.NEW, 0600)))
                .isInstanceOfSatisfying(BellhopException.class, e -> {
                    assertThat(e.code()).isEqualTo(ErrorCode.AGENT_UNAVAILABLE);
                    assertThat(e).hasMessageContaining("frozen");
                });
        thawed.run();
        assertThat(guest.resolve("f")).doesNotExist();
    }

    /** Terminals use the same channels. */
    @Test
    void manyOpenFilesLeaveRoomOnTheStream() throws Exception {
        Path file = Files.writeString(guest.resolve("f"), "text");
        Transport last = Transport.STREAM;
        int streamed = 0;
        for (; streamed < 100 && last == Transport.STREAM; streamed++) {
            last = open(file, FileOpening.there(Access.READ, null)).transport();
        }
        assertThat(streamed).isBetween(20, 50);
        assertThat(last).isEqualTo(Transport.AGENT);
    }

    /** Its daemon never answers, so an open there would wait for ever. */
    @Test
    void guestWithOtherFileSystemsIsLeftToScripts() throws Exception {
        lease.close();
        scene.close();
        Path other = Files.createDirectory(folder.resolve("o"));
        String mount = "mkdir '" + other + "/m' && exec 3<>/dev/fuse && mount -i -t fuse"
                + " -o fd=3,rootmode=40000,user_id=0,group_id=0 none '" + other + "/m'";
        scene = PortedFiles.startStreaming(other, mount);
        lease = scene.streams().acquire(PortedVm.ID, Deadline.after(Duration.ofSeconds(20)));
        Path file = Files.writeString(scene.guest().resolve("f"), "text");
        assertThat(open(file, FileOpening.there(Access.READ, null)).transport()).isEqualTo(Transport.AGENT);
        assertThat(setAttributes(file, true, new FileAttributes(1L, null, null, null, null), null))
                .isFalse();
        assertThat(lease.stream().answers(Deadline.after(Duration.ofSeconds(20))))
                .isTrue();
        assertThat(file).hasContent("text");
    }
}

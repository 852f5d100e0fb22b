// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.sftp;

import static dev.bellhop.server.ssh.sftp.SftpScene.ALL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.api.audit.AuditRecord;
import dev.bellhop.server.audit.Outcome;
import dev.bellhop.server.limit.FairLimit;
import dev.bellhop.server.policy.FileRule;
import dev.bellhop.server.ssh.memory.ChannelMemory;
import dev.bellhop.server.ssh.memory.DoorMemory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What no client of OpenSSH does, and what hostile ones do. */
@Timeout(100)
@Tag("real")
@Tag("ssh")
class SftpSessionTest {
    private static final int READ = 1;
    private static final int WRITE = 2;
    private static final int APPEND = 4;
    private static final int CREATE = 8;
    private static final int EXCLUSIVE = 32;

    @TempDir
    private Path folder;

    private SftpScene scene;
    private SftpWire wire;

    @BeforeEach
    void start() throws Exception {
        scene = new SftpScene(folder, false);
        wire = new SftpWire(scene.calls(ALL));
    }

    @AfterEach
    void stop() throws Exception {
        wire.close();
        scene.close();
    }

    private static byte[] ids(int... ids) {
        ByteBuffer all = ByteBuffer.allocate(4 * ids.length);
        for (int id : ids) {
            all.putInt(id);
        }
        return all.array();
    }

    @Test
    void usersAndGroupsHaveNamesAndUnknownOnesNone() throws Exception {
        String extension = "users-groups-by-id@openssh.com";
        ByteBuffer reply = wire.ask(SftpPacket.EXTENDED, 1, extension, ids(0, 1_999_999_999, -1), ids(0));
        assertThat(SftpWire.field(reply, SftpReply.EXTENDED))
                .isEqualTo(ByteBuffer.allocate(16)
                        .putInt(4)
                        .put(bytes("root"))
                        .putInt(0)
                        .putInt(0)
                        .array());
        assertThat(reply.getInt(25)).isEqualTo(8);
        assertThat(SftpWire.status(wire.ask(SftpPacket.EXTENDED, 2, extension, new byte[5], ids(0))))
                .isEqualTo(SftpStatus.BAD_MESSAGE.number());
        assertThat(SftpWire.status(wire.ask(SftpPacket.EXTENDED, 3, extension, new byte[8_000], ids(0))))
                .isEqualTo(SftpStatus.BAD_MESSAGE.number());
        assertThat(wire.errors()).contains("up to 1000 ids");
    }

    @Test
    void aKeyThatMayNotReadTheFilesOfUsersSeesNoNames() throws Exception {
        scene.limited("limited", new FileRule(scene.guest.toString(), true));
        try (SftpWire limited = new SftpWire(scene.calls("limited"))) {
            ByteBuffer reply = limited.ask(SftpPacket.EXTENDED, 1, "users-groups-by-id@openssh.com", ids(0), ids(0));
            assertThat(SftpWire.field(reply, SftpReply.EXTENDED)).isEqualTo(ids(0));
        }
    }

    private int copy(byte[] from, long offset, long length, byte[] to, long at) throws IOException {
        return SftpWire.status(wire.ask(SftpPacket.EXTENDED, 9, "copy-data", from, offset, length, to, at));
    }

    @Test
    void dataIsCopiedFromOneFileToAnotherInTheGuest() throws Exception {
        byte[] content = new byte[200_000];
        new Random(5).nextBytes(content);
        Files.write(scene.guest.resolve("from"), content);
        byte[] from = wire.open(scene.guest + "/from", READ);
        byte[] to = wire.open(scene.guest + "/to", WRITE | CREATE);
        assertThat(copy(from, 0, 0, to, 0)).isEqualTo(SftpStatus.OK.number());
        assertThat(scene.guest.resolve("to")).hasBinaryContent(content);
        assertThat(copy(from, 10, 100_000, to, 200_000)).isEqualTo(SftpStatus.OK.number());
        assertThat(Files.size(scene.guest.resolve("to"))).isEqualTo(300_000);
        // More than there is.
        assertThat(copy(from, 199_999, 2, to, 0)).isEqualTo(SftpStatus.EOF.number());
        assertThat(copy(from, 0, 1, from, 5)).isEqualTo(SftpStatus.FAILURE.number());
        assertThat(copy(from, -1, -1, to, -1)).isEqualTo(SftpStatus.FAILURE.number());
        assertThat(copy(from, 0, 1, bytes("none"), 0)).isEqualTo(SftpStatus.FAILURE.number());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private String read(byte[] handle, long offset, int count) throws IOException {
        ByteBuffer answer = wire.ask(SftpPacket.READ, 9, handle, offset, count);
        return answer.get(0) == SftpReply.STATUS
                ? "status " + SftpWire.status(answer)
                : new String(SftpWire.field(answer, SftpReply.DATA), StandardCharsets.UTF_8);
    }

    private int write(byte[] handle, long offset, String text) throws IOException {
        return SftpWire.status(wire.ask(SftpPacket.WRITE, 8, handle, offset, text));
    }

    /** As sshfs asks for it, and takes less for the end of the file. */
    @Test
    void withoutMemoryAsMuchIsReadAsSshfsAsksFor() throws Exception {
        Path file = Files.write(folder.resolve("large"), new byte[300_000]);
        ChannelMemory none = new DoorMemory(new FairLimit(1 << 20), new FairLimit(0))
                .take("wire")
                .orElseThrow();
        try (SftpWire poor = new SftpWire(scene.calls(ALL), none)) {
            byte[] handle = poor.open(file.toString(), READ);
            assertThat(SftpWire.field(poor.ask(SftpPacket.READ, 1, handle, 0L, 65_536), SftpReply.DATA))
                    .hasSize(65_536);
            assertThat(SftpWire.field(poor.ask(SftpPacket.READ, 1, handle, 65_536L, 200_000), SftpReply.DATA))
                    .hasSize(65_536);
        }
    }

    @Test
    void theFirstAnswerHasTheVersionAndTheExtensions() throws Exception {
        ByteBuffer answer = wire.ask(SftpPacket.INIT, 6);
        assertThat(answer.get(0)).isEqualTo((byte) SftpReply.VERSION);
        assertThat(answer.getInt(1)).isEqualTo(3);
        assertThat(StandardCharsets.ISO_8859_1.decode(answer).toString())
                .contains("posix-rename@openssh.com", "fsync@openssh.com", "hardlink@openssh.com")
                .contains("statvfs@openssh.com", "limits@openssh.com", "expand-path@openssh.com");
    }

    /** What asks the guest for something waits for its turn; what is read and written then does not. */
    @Test
    void eachRequestForTheGuestWaitsForItsTurn() throws Exception {
        Path file = Files.writeString(scene.guest.resolve("f"), "0123456789");
        int begun = scene.turns.availablePermits();
        byte[] handle = wire.open(file.toString(), READ | WRITE);
        assertThat(read(handle, 2, 3)).isEqualTo("234");
        for (int i = 0; i < 20; i++) {
            assertThat(write(handle, i, "x")).isZero();
        }
        assertThat(read(handle, 19, 100)).isEqualTo("x");
        assertThat(begun - scene.turns.availablePermits())
                .as("opened to be written, and twice to be read")
                .isEqualTo(3);

        scene.turns.drainPermits();
        wire.send(SftpPacket.MKDIR, 4, scene.guest.resolve("d").toString(), 0);
        await().until(scene.turns::hasQueuedThreads);
        assertThat(scene.guest.resolve("d")).doesNotExist();
        scene.turns.release();
        assertThat(SftpWire.status(wire.answer())).isZero();
        assertThat(scene.guest.resolve("d")).isDirectory();
        scene.turns.release(100);
    }

    @Test
    void whatIsWrittenAnywhereIsReadAtOnce() throws Exception {
        Path file = Files.writeString(scene.guest.resolve("f"), "0123456789");
        byte[] handle = wire.open(file.toString(), READ | WRITE);
        assertThat(read(handle, 2, 3)).isEqualTo("234");
        assertThat(write(handle, 3, "xy")).isZero();
        assertThat(read(handle, 2, 4)).isEqualTo("2xy5");
        assertThat(write(handle, 12, "end")).isZero();
        assertThat(read(handle, 8, 100)).isEqualTo("89\0\0end");
        assertThat(read(handle, 15, 1)).isEqualTo("status " + SftpStatus.EOF.number());
        assertThat(Files.readString(file)).isEqualTo("012xy56789\0\0end");
        assertThat(SftpWire.status(wire.ask(SftpPacket.CLOSE, 2, handle))).isZero();
    }

    @Test
    void othersSeeWhatIsWrittenBeforeTheFileIsClosed() throws Exception {
        Path file = scene.guest.resolve("f");
        byte[] handle = wire.open(file.toString(), WRITE | CREATE);
        assertThat(write(handle, 0, "some")).isZero();
        assertThat(wire.ask(SftpPacket.STAT, 3, file.toString()).getLong(9)).isEqualTo(4);
        assertThat(Files.readString(file)).isEqualTo("some");
        assertThat(wire.ask(SftpPacket.FSTAT, 4, handle).getLong(9)).isEqualTo(4);
        assertThat(SftpWire.status(wire.ask(SftpPacket.EXTENDED, 4, "fsync@openssh.com", handle)))
                .isZero();
    }

    @Test
    void whatIsAppendedGoesToTheEnd() throws Exception {
        Path file = Files.writeString(scene.guest.resolve("f"), "one");
        byte[] handle = wire.open(file.toString(), WRITE | APPEND);
        assertThat(write(handle, 0, " two")).isZero();
        assertThat(write(handle, 0, " three")).isZero();
        wire.ask(SftpPacket.CLOSE, 2, handle);
        assertThat(Files.readString(file)).isEqualTo("one two three");
    }

    @Test
    void aFileThatIsThereIsNotMadeAnew() throws Exception {
        Path file = Files.writeString(scene.guest.resolve("f"), "there");
        int flags = WRITE | CREATE | EXCLUSIVE;
        assertThat(SftpWire.status(wire.ask(SftpPacket.OPEN, 1, file.toString(), flags, 0)))
                .isEqualTo(SftpStatus.FAILURE.number());
        Path link = Files.createSymbolicLink(scene.guest.resolve("l"), scene.guest.resolve("made"));
        assertThat(SftpWire.status(wire.ask(SftpPacket.OPEN, 1, link.toString(), flags, 0)))
                .isEqualTo(SftpStatus.FAILURE.number());
        assertThat(scene.guest.resolve("made")).doesNotExist();
    }

    /** His API key is as good as before: an SSH key was removed, or the CA of his certificate. */
    @Test
    void whoseLoginHasEndedReadsAndWritesNoMoreOfWhatIsOpen() throws Exception {
        Path file = Files.writeString(scene.guest.resolve("f"), "there");
        AtomicBoolean stillGood = new AtomicBoolean(true);
        wire.close();
        wire = new SftpWire(scene.calls(ALL, stillGood::get));
        byte[] toRead = wire.open(file.toString(), READ);
        byte[] toWrite = wire.open(file.toString(), WRITE);
        assertThat(read(toRead, 0, 2)).isEqualTo("th");
        assertThat(write(toWrite, 0, "T")).isZero();
        stillGood.set(false);
        assertThat(read(toRead, 2, 2)).isEqualTo("status " + SftpStatus.PERMISSION_DENIED.number());
        assertThat(write(toWrite, 1, "H")).isEqualTo(SftpStatus.PERMISSION_DENIED.number());
        assertThat(SftpWire.status(wire.ask(SftpPacket.CLOSE, 2, toWrite)))
                .isEqualTo(SftpStatus.PERMISSION_DENIED.number());
        assertThat(Files.readString(file)).isEqualTo("There");
    }

    /** A client that is told less than it has asked for asks for the rest. */
    @Test
    void withoutMemoryFilesAreReadAndWrittenInSmallPieces() throws Exception {
        byte[] content = new byte[200_000];
        new Random(5).nextBytes(content);
        Path file = Files.write(scene.guest.resolve("f"), content);
        DoorMemory door = new DoorMemory(new FairLimit(1 << 20), new FairLimit(0));
        wire.close();
        wire = new SftpWire(scene.calls(ALL), door.take("poor").orElseThrow());
        byte[] handle = wire.open(file.toString(), READ | WRITE);
        int at = 0;
        while (at < content.length) {
            byte[] piece =
                    SftpWire.field(wire.ask(SftpPacket.READ, 9, handle, (long) at, content.length), SftpReply.DATA);
            assertThat(piece).hasSizeBetween(1, 2 * SftpInput.USUAL_DATA);
            assertThat(piece).isEqualTo(Arrays.copyOfRange(content, at, at + piece.length));
            at += piece.length;
        }
        for (int i = 0; i < 4; i++) {
            wire.send(SftpPacket.WRITE, i, handle, (long) i * SftpInput.USUAL_DATA, new byte[SftpInput.USUAL_DATA]);
        }
        for (int i = 0; i < 4; i++) {
            assertThat(SftpWire.status(wire.answer())).isZero();
        }
        Arrays.fill(content, 0, 4 * SftpInput.USUAL_DATA, (byte) 0);
        assertThat(file).hasBinaryContent(content);
    }

    @Test
    void aHandleDoesOnlyWhatItWasOpenedFor() throws Exception {
        Path file = Files.writeString(scene.guest.resolve("f"), "there");
        byte[] toRead = wire.open(file.toString(), READ);
        byte[] toWrite = wire.open(file.toString(), WRITE);
        assertThat(write(toRead, 0, "x")).isEqualTo(SftpStatus.PERMISSION_DENIED.number());
        assertThat(read(toWrite, 0, 1)).isEqualTo("status " + SftpStatus.PERMISSION_DENIED.number());
        assertThat(SftpWire.status(wire.ask(SftpPacket.READDIR, 1, toRead))).isEqualTo(SftpStatus.FAILURE.number());
        assertThat(SftpWire.status(wire.ask(SftpPacket.CLOSE, 1, bytes("none"))))
                .isEqualTo(SftpStatus.FAILURE.number());
    }

    @Test
    void aSessionHasOnlySoManyHandles() throws Exception {
        Path file = Files.writeString(scene.guest.resolve("f"), "there");
        byte[] first = wire.open(file.toString(), READ);
        for (int i = 1; i < SftpHandles.MAX; i++) {
            wire.open(file.toString(), READ);
        }
        ByteBuffer refused = wire.ask(SftpPacket.OPEN, 1, file.toString(), READ, 0);
        assertThat(SftpWire.status(refused)).isEqualTo(SftpStatus.FAILURE.number());
        wire.ask(SftpPacket.CLOSE, 1, first);
        wire.open(file.toString(), READ);
    }

    @Test
    void aSessionHasOnlySoManyDirectoriesOpen() throws Exception {
        String path = scene.guest.toString();
        for (int i = 0; i < SftpHandles.MAX_FOLDERS; i++) {
            SftpWire.field(wire.ask(SftpPacket.OPENDIR, 1, path), SftpReply.HANDLE);
        }
        assertThat(SftpWire.status(wire.ask(SftpPacket.OPENDIR, 1, path))).isEqualTo(SftpStatus.FAILURE.number());
    }

    @Test
    void filesThatAreReadInTurnsAreReadRight() throws Exception {
        Path one = Files.writeString(scene.guest.resolve("one"), "abcdef");
        Path two = Files.writeString(scene.guest.resolve("two"), "123456");
        byte[] first = wire.open(one.toString(), READ);
        byte[] second = wire.open(two.toString(), READ);
        for (int at = 0; at < 6; at += 2) {
            assertThat(read(first, at, 2)).isEqualTo("abcdef".substring(at, at + 2));
            assertThat(read(second, at, 2)).isEqualTo("123456".substring(at, at + 2));
        }
    }

    @Test
    void namesMayHaveAnyBytes() throws Exception {
        byte[] name = {'/', (byte) 0xFF, '\n', (byte) 0xC3, '\\', '"', '$', '*', '\''};
        byte[] path = Arrays.copyOf(
                bytes(scene.guest.toString()), scene.guest.toString().length() + name.length);
        System.arraycopy(name, 0, path, scene.guest.toString().length(), name.length);
        byte[] handle = SftpWire.field(wire.ask(SftpPacket.OPEN, 1, path, WRITE | CREATE, 0), SftpReply.HANDLE);
        assertThat(write(handle, 0, "odd")).isZero();
        wire.ask(SftpPacket.CLOSE, 1, handle);
        byte[] listing = SftpWire.field(wire.ask(SftpPacket.OPENDIR, 1, scene.guest.toString()), SftpReply.HANDLE);
        ByteBuffer dots = wire.ask(SftpPacket.READDIR, 1, listing);
        assertThat(dots.getInt(5)).as("the directory itself and its parent").isEqualTo(2);
        ByteBuffer names = wire.ask(SftpPacket.READDIR, 1, listing);
        assertThat(names.getInt(5)).isEqualTo(1);
        byte[] told = new byte[names.getInt(9)];
        names.get(13, told);
        assertThat(told).isEqualTo(Arrays.copyOfRange(name, 1, name.length));
        assertThat(SftpWire.status(wire.ask(SftpPacket.REMOVE, 1, path))).isZero();
        assertThat(scene.guest).isEmptyDirectory();
    }

    @Test
    void removingFilesAndDirectoriesDoesNotMixThemUp() throws Exception {
        Path sub = Files.createDirectory(scene.guest.resolve("d"));
        Path file = Files.writeString(scene.guest.resolve("f"), "there");
        assertThat(SftpWire.status(wire.ask(SftpPacket.REMOVE, 1, sub.toString())))
                .isEqualTo(SftpStatus.FAILURE.number());
        assertThat(SftpWire.status(wire.ask(SftpPacket.RMDIR, 1, file.toString())))
                .isEqualTo(SftpStatus.NO_SUCH_FILE.number());
        assertThat(sub).exists();
        assertThat(file).exists();
        assertThat(SftpWire.status(wire.ask(SftpPacket.RMDIR, 1, sub.toString())))
                .isZero();
    }

    @Test
    void theAuditTrailHasPathSizeAndDigest() throws Exception {
        Path file = scene.guest.resolve("f");
        byte[] handle = wire.open(file.toString(), WRITE | CREATE);
        assertThat(write(handle, 0, "hello ")).isZero();
        assertThat(write(handle, 6, "world")).isZero();
        wire.ask(SftpPacket.CLOSE, 1, handle);
        byte[] reading = wire.open(file.toString(), READ);
        assertThat(read(reading, 0, 100)).isEqualTo("hello world");
        assertThat(wire.end()).isEmpty();
        String sum = HexFormat.of()
                .formatHex(java.security.MessageDigest.getInstance("SHA-256").digest(bytes("hello world")));
        String subject = file + " 11 bytes sha256:" + sum;
        assertThat(told("file.write", Outcome.DONE)).containsExactly(subject);
        // It was open when the session ended.
        assertThat(told("file.read", Outcome.DONE)).containsExactly(subject);
        assertThat(told("file.write", Outcome.BEGUN)).hasSize(1);
    }

    /** A client that goes on after one is not told at the end that all is there, and nor is the trail. */
    @Test
    void aWriteThatFailedIsNotForgotten() throws Exception {
        Path file = scene.guest.resolve("f");
        byte[] handle = wire.open(file.toString(), WRITE | CREATE);
        assertThat(write(handle, 0, "some")).isZero();
        // No file may be as long as that.
        assertThat(write(handle, Long.MAX_VALUE / 2, "more")).isNotZero();
        assertThat(write(handle, 4, "rest")).isNotZero();
        assertThat(SftpWire.status(wire.ask(SftpPacket.CLOSE, 1, handle))).isNotZero();

        assertThat(Files.readString(file)).isEqualTo("some");
        assertThat(wire.end()).isEmpty();
        assertThat(told("file.write", Outcome.DONE)).isEmpty();
        assertThat(told("file.write", Outcome.FAILED)).containsExactly(file + " 4 bytes");
    }

    private List<String> told(String action, Outcome outcome) {
        return scene.records().stream()
                .filter(each -> each.action().equals(action) && each.outcome().equals(outcome.wireName()))
                .map(AuditRecord::subject)
                .toList();
    }

    @Test
    void aRevokedKeyGoesNoFurther() throws Exception {
        Path file = Files.writeString(scene.guest.resolve("f"), "there");
        byte[] handle = wire.open(file.toString(), READ);
        scene.revoke(ALL);
        assertThat(SftpWire.status(wire.ask(SftpPacket.STAT, 1, file.toString())))
                .isEqualTo(SftpStatus.PERMISSION_DENIED.number());
        assertThat(SftpWire.status(wire.ask(SftpPacket.OPEN, 1, file.toString(), READ, 0)))
                .isEqualTo(SftpStatus.PERMISSION_DENIED.number());
        assertThat(wire.errors()).contains("API key");
        wire.ask(SftpPacket.CLOSE, 1, handle);
    }

    @Test
    void whatPolicyAllowsNoMoreIsNeitherReadNorWritten() throws Exception {
        Path own = Files.createDirectory(scene.guest.resolve("own"));
        Path read = Files.writeString(own.resolve("read"), "there");
        Path written = own.resolve("written");
        scene.limited("narrowed", new FileRule(own.toString(), true));
        try (SftpWire narrowed = new SftpWire(scene.calls("narrowed"))) {
            byte[] reading = narrowed.open(read.toString(), READ);
            byte[] writing = narrowed.open(written.toString(), WRITE | CREATE);
            assertThat(SftpWire.field(narrowed.ask(SftpPacket.READ, 1, reading, 0L, 10), SftpReply.DATA))
                    .isEqualTo("there".getBytes(StandardCharsets.UTF_8));

            scene.limit("narrowed", new FileRule(own.toString(), false));
            // In this thread: a PipedInputStream breaks when the last thread that wrote to it has ended.
            await().pollInSameThread().until(() -> isDenied(narrowed.ask(SftpPacket.WRITE, 1, writing, 0L, "x")));
            assertThat(isDenied(narrowed.ask(SftpPacket.READ, 1, reading, 0L, 10)))
                    .as("that may still be read")
                    .isFalse();
            scene.limit("narrowed", new FileRule(scene.guest.resolve("other").toString(), true));
            await().pollInSameThread().until(() -> isDenied(narrowed.ask(SftpPacket.READ, 1, reading, 0L, 10)));
            for (int again = 0; again < 20; again++) {
                assertThat(isDenied(narrowed.ask(SftpPacket.READ, 1, reading, 0L, 10)))
                        .as("once denied, try " + again)
                        .isTrue();
            }
            assertThat(narrowed.errors()).contains("policy");
        }
    }

    private static boolean isDenied(ByteBuffer answer) {
        return answer.get(0) == SftpReply.STATUS && SftpWire.status(answer) == SftpStatus.PERMISSION_DENIED.number();
    }

    @Test
    void aFileThatIsMovedUnderAHandleIsAnotherOne() throws Exception {
        Path own = Files.createDirectory(scene.guest.resolve("own"));
        Path file = Files.writeString(own.resolve("f"), "mine");
        Path secret = Files.writeString(scene.guest.resolve("secret"), "secret");
        scene.limited("few", new FileRule(own.toString(), true));
        try (SftpWire few = new SftpWire(scene.calls("few"))) {
            byte[] handle = few.open(file.toString(), READ | WRITE);
            Files.delete(file);
            Files.createSymbolicLink(file, secret);
            assertThat(SftpWire.status(few.ask(SftpPacket.READ, 1, handle, 0L, 10)))
                    .isNotZero();
            assertThat(SftpWire.status(few.ask(SftpPacket.FSETSTAT, 1, handle, 4, 0777)))
                    .isNotZero();
            few.ask(SftpPacket.CLOSE, 1, handle);
        }
        assertThat(Files.readString(secret)).isEqualTo("secret");
    }

    @Test
    void messagesOfNonsenseAreRefusedOneByOne() throws Exception {
        Random random = new Random(17);
        for (int i = 0; i < 2_000; i++) {
            int type = random.nextInt(3, 256);
            byte[] rest = new byte[random.nextInt(24)];
            random.nextBytes(rest);
            byte[] message = new byte[9 + rest.length];
            ByteBuffer.wrap(message)
                    .putInt(5 + rest.length)
                    .put((byte) type)
                    .putInt(i)
                    .put(rest);
            wire.toServer.write(message);
            wire.toServer.flush();
            ByteBuffer answer = wire.answer();
            assertThat(answer.getInt(1)).isEqualTo(i);
            assertThat(answer.get(0)).as("type " + type).isEqualTo((byte) SftpReply.STATUS);
            assertThat(SftpWire.status(answer)).isNotZero();
        }
        assertThat(wire.end()).isEmpty();
        assertThat(scene.guest).isEmptyDirectory();
    }

    @Test
    void aMessageThatIsTooLongEndsTheSession() throws Exception {
        wire.toServer.write(
                ByteBuffer.allocate(4).putInt(SftpPacket.MAX_BYTES + 1).array());
        wire.toServer.flush();
        assertThat(wire.end()).contains("a message of");
    }
}

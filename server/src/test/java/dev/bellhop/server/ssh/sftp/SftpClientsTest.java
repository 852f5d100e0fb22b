// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.sftp;

import static dev.bellhop.server.ssh.sftp.SftpScene.ALL;
import static dev.bellhop.server.ssh.sftp.SftpScene.at;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.access.Scope;
import dev.bellhop.server.policy.FileRule;
import dev.bellhop.server.ssh.sftp.SftpScene.Ended;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** OpenSSH's own clients, on a real agent. */
@Timeout(200)
@Tag("real")
@Tag("ssh")
class SftpClientsTest {
    @TempDir
    private Path folder;

    private static byte[] random(int bytes) {
        byte[] all = new byte[bytes];
        new Random(bytes).nextBytes(all);
        return all;
    }

    private static void assertDone(Ended ended) {
        assertThat(ended.code()).as(ended.stdout() + ended.stderr()).isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void filesGoThereAndBackByteForByte(boolean hasStreams) throws Exception {
        try (SftpScene scene = new SftpScene(folder, hasStreams)) {
            for (int size : new int[] {0, 1, 32_768, 261_120, 261_121, 5_000_000}) {
                Path local = Files.write(scene.folder.resolve("local" + size), random(size));
                Path there = scene.guest.resolve("there" + size);
                assertDone(scene.scp(local.toString(), at(ALL, there)));
                assertThat(there).hasSameBinaryContentAs(local);
                Path back = scene.folder.resolve("back" + size);
                assertDone(scene.scp(at(ALL, there), back.toString()));
                assertThat(back).hasSameBinaryContentAs(local);
            }
            assertThat(scene.vm.plugged.isEmpty()).isEqualTo(!hasStreams);
        }
    }

    @Test
    void smallBuffersOfOlderClientsAreGathered() throws Exception {
        try (SftpScene scene = new SftpScene(folder, false)) {
            Path local = Files.write(scene.folder.resolve("local"), random(1_000_003));
            Path there = scene.guest.resolve("there");
            assertDone(scene.run(
                    "sftp", List.of("-B", "1000", "-b", batch(scene, "put local " + there), at(ALL, scene.guest))));
            assertThat(there).hasSameBinaryContentAs(local);
        }
    }

    private static String batch(SftpScene scene, String line) throws IOException {
        return Files.writeString(scene.folder.resolve("batch"), line + "\n").toString();
    }

    @Test
    void aTreeKeepsItsModesAndTimes() throws Exception {
        try (SftpScene scene = new SftpScene(folder, false)) {
            Path tree = scene.folder.resolve("tree");
            Files.createDirectories(tree.resolve("sub"));
            Path script = Files.writeString(tree.resolve("sub/run"), "#!/bin/sh\n");
            Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-x--x"));
            Files.setLastModifiedTime(script, FileTime.from(Instant.ofEpochSecond(1_000_000_000)));
            Path odd = Files.writeString(tree.resolve("a b'\"$x\u00e4"), "odd");
            assertDone(scene.scp("-rp", tree.toString(), at(ALL, scene.guest)));
            Path there = scene.guest.resolve("tree");
            assertThat(there.resolve(tree.relativize(odd))).hasSameBinaryContentAs(odd);
            Path run = there.resolve("sub/run");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(run)))
                    .isEqualTo("rwxr-x--x");
            assertThat(Files.getLastModifiedTime(run).toInstant()).isEqualTo(Instant.ofEpochSecond(1_000_000_000));
            assertDone(scene.scp(
                    "-rp", at(ALL, there), scene.folder.resolve("back").toString()));
            Path back = scene.folder.resolve("back/sub/run");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(back)))
                    .isEqualTo("rwxr-x--x");
            assertThat(Files.getLastModifiedTime(back).toInstant()).isEqualTo(Instant.ofEpochSecond(1_000_000_000));
        }
    }

    @Test
    void allThatSftpCanDoIsDone() throws Exception {
        try (SftpScene scene = new SftpScene(folder, false)) {
            Files.writeString(scene.folder.resolve("local"), "hello");
            Files.writeString(scene.folder.resolve("more"), "hello, world");
            Files.writeString(scene.guest.resolve("begun"), "hello");
            Ended ended = scene.batch(
                    ALL,
                    "cd " + scene.guest,
                    "mkdir d",
                    "put local d/f",
                    "rename d/f d/g",
                    "ln d/g hard",
                    "ln -s d/g soft",
                    "chmod 600 d/g",
                    "ls -l",
                    "ls -la d",
                    "put local over",
                    "rename over d/g",
                    "df .",
                    "put -f local synced",
                    "reput more begun",
                    "get soft " + scene.folder.resolve("got"),
                    "rm hard",
                    "-rmdir d",
                    "pwd");
            assertDone(ended);
            assertThat(ended.stdout())
                    .contains("Remote working directory: " + scene.guest)
                    .contains("hard");
            assertThat(Files.readString(scene.folder.resolve("got"))).isEqualTo("hello");
            assertThat(scene.guest.resolve("hard")).doesNotExist();
            assertThat(Files.readSymbolicLink(scene.guest.resolve("soft"))).isEqualTo(Path.of("d/g"));
            assertThat(scene.guest.resolve("d/g")).exists();
            assertThat(Files.readString(scene.guest.resolve("synced"))).isEqualTo("hello");
            assertThat(Files.readString(scene.guest.resolve("begun"))).isEqualTo("hello, world");
        }
    }

    @Test
    void aLongDirectoryIsListedWhole() throws Exception {
        try (SftpScene scene = new SftpScene(folder, false)) {
            for (int i = 0; i < 2_345; i++) {
                Files.createFile(scene.guest.resolve("f" + i));
            }
            Ended ended = scene.batch(ALL, "ls -1 " + scene.guest);
            assertDone(ended);
            assertThat(ended.stdout()
                            .lines()
                            .filter(line -> line.startsWith("/"))
                            .distinct())
                    .hasSize(2_345);
        }
    }

    @Test
    void whoIsLimitedGetsNowhereElse() throws Exception {
        try (SftpScene scene = new SftpScene(folder, false)) {
            Path own = Files.createDirectory(scene.guest.resolve("own"));
            Path secret = Files.writeString(scene.guest.resolve("secret"), "secret");
            Path log = Files.createDirectory(scene.guest.resolve("log"));
            Files.writeString(log.resolve("l"), "log");
            Files.createSymbolicLink(own.resolve("out"), secret);
            Files.createSymbolicLink(own.resolve("new"), scene.guest.resolve("made"));
            Files.createSymbolicLink(own.resolve("up"), scene.guest);
            scene.limited("few", new FileRule(own.toString(), true), new FileRule(log.toString(), false));
            Files.writeString(scene.folder.resolve("local"), "local");
            Files.writeString(own.resolve("program"), "program");
            Path other = Files.writeString(own.resolve("other"), "other");
            Files.setAttribute(other, "unix:mode", 04755);
            String got = scene.folder.resolve("got").toString();
            for (String line : List.of(
                    "get " + secret + " " + got,
                    "get " + own + "/out " + got,
                    "get " + own + "/../secret " + got,
                    "get " + own + "/up/secret " + got,
                    "ls " + own + "/up/secret",
                    "ls " + scene.guest,
                    "put local " + secret,
                    "put local " + own + "/out",
                    "put local " + own + "/new",
                    "put local " + own + "/up/made",
                    "put local " + log + "/made",
                    "rm " + secret,
                    "rm " + log + "/l",
                    "rename " + secret + " " + own + "/s",
                    "ln " + secret + " " + own + "/s",
                    "ln -s " + secret + " " + own + "/s",
                    "ln -s ../secret " + own + "/s",
                    "rename " + own + "/out " + own + "/s",
                    "chmod 4755 " + own + "/program",
                    "chmod 2755 " + own + "/program",
                    "put local " + other,
                    "chmod 777 " + own + "/out",
                    "chmod 777 " + log + "/l",
                    "mkdir " + own + "/up/made",
                    "rmdir " + log,
                    "df " + scene.guest,
                    "cd " + scene.guest)) {
                assertThat(scene.batch("few", line).code()).as(line).isNotZero();
            }
            assertThat(Path.of(got)).doesNotExist();
            assertThat(Files.readString(secret)).isEqualTo("secret");
            assertThat(scene.guest.resolve("made")).doesNotExist();
            assertThat(own.resolve("s")).doesNotExist();
            assertThat(other).hasContent("other");
            assertDone(scene.batch("few", "chmod 755 " + other, "put local " + other));
            assertDone(scene.batch(
                    "few", "put local " + own + "/f", "get " + own + "/f " + got, "get " + log + "/l " + got));
            assertDone(scene.batch("few", "ln -s f " + own + "/in", "get " + own + "/in " + got));
        }
    }

    @Test
    void whoLacksTheScopeGetsNoSession() throws Exception {
        try (SftpScene scene = new SftpScene(folder, false)) {
            scene.key("runner", Scope.WRITE_VM, null);
            Ended ended = scene.batch("runner", "ls /");
            assertThat(ended.code()).isNotZero();
            assertThat(ended.stderr()).contains("lacks the scope files:vm");
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import static dev.bellhop.server.ssh.OpenSsh.THERE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.TestServer;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Programs that start ssh by themselves, and themselves in the guest: rsync and git. The agent is real. */
@Timeout(200)
@Tag("real")
@Tag("ssh")
class SshProgramsTest {
    private static final String VM = "1";
    private static final int LARGE = 3_000_001;

    /** Of a second run, which has nothing to do but to compare lists. */
    private static final long ALMOST_NOTHING = 10_000;

    /** All of it is old: rsync leaves a time alone that is right to the second. */
    private static final String TREE = """
            mkdir -p tree/sub/deep tree/none && cd tree
            : >empty; printf x >one; truncate -s 8M sparse; printf end >>sparse
            mv ../large . && ln large sub/hard
            ln -s large link; ln -s nowhere dangling; ln -s .. sub/up
            printf odd >"a b'\\$x\\"ä"; printf odd >'two
            lines'
            find . -depth -exec touch -h -d '2003-03-03 03:03:03.303' {} +
            chmod 600 one; chmod 4755 empty; touch -d '2001-02-03 04:05:06.789' one sub/deep; touch -h -d 2002-01-01 link
            chmod 1777 sub; chmod 500 sub/deep
            """;

    /** What each thing is, and the content of each file. */
    private static final String SNAPSHOT = """
            export LC_ALL=C
            find . -printf '%P %y %m %U %l %n %T@' \\( -type f -printf ' %s' -o -true \\) -printf '\\n' | sort
            find . -type f -print0 | sort -z | xargs -0 sha256sum
            """;

    @TempDir
    private static Path folder;

    private static TestServer server;
    private static OpenSsh ssh;
    private static String runner;

    @BeforeAll
    static void start() throws IOException {
        folder = folder.toRealPath();
        server = TestServer.in(folder).realAgent(1).ssh().start();
        ssh = new OpenSsh(folder, server.ssh());
        runner = server.makeKey(List.of("write:vm"), List.of(1L)).secret();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static OpenSsh.Result run(Path in, String... command) throws IOException {
        OpenSsh.Result result = ssh.program(in, VM, runner, List.of(), command);
        assertThat(result.code())
                .as(String.join(" ", command) + "\n" + result.err())
                .isZero();
        return result;
    }

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    private static String snapshot(Path tree) throws IOException {
        return run(tree, "sh", "-c", SNAPSHOT).out();
    }

    private static String rsync(String from, String to) throws IOException {
        return run(folder, "env", "LC_ALL=C", "rsync", "-aHS", "--stats", from, to)
                .out();
    }

    private static long figure(String stats, String what) {
        Matcher line =
                Pattern.compile("^" + what + ": ([0-9,]+)", Pattern.MULTILINE).matcher(stats);
        assertThat(line.find()).as(stats).isTrue();
        return Long.parseLong(line.group(1).replace(",", ""));
    }

    private static void assertNothingIsSent(String stats) {
        assertThat(figure(stats, "Number of regular files transferred")).isZero();
        assertThat(figure(stats, "Total bytes sent")).isLessThan(ALMOST_NOTHING);
        assertThat(figure(stats, "Total bytes received")).isLessThan(ALMOST_NOTHING);
    }

    @Test
    void rsyncTakesATreeThereAndBackAndThenOnlyWhatHasChanged() throws IOException {
        Files.write(folder.resolve("large"), random(LARGE));
        run(folder, "sh", "-c", TREE);
        Path tree = folder.resolve("tree");
        Path there = Files.createDirectory(folder.resolve("guest"));
        Path back = Files.createDirectory(folder.resolve("back"));
        String up = THERE + ":" + there;

        assertThat(figure(rsync("tree/", up), "Literal data")).isGreaterThanOrEqualTo(LARGE);
        assertThat(snapshot(there)).isEqualTo(snapshot(tree)).contains("sub/up l 777", "one f 600");
        assertThat(allocated(there.resolve("sparse"))).isLessThan(1 << 20);
        assertNothingIsSent(rsync("tree/", up));

        rsync(up + "/", back.toString());
        assertThat(snapshot(back)).isEqualTo(snapshot(tree));
        assertThat(allocated(back.resolve("sparse"))).isLessThan(1 << 20);
        assertNothingIsSent(rsync(up + "/", back.toString()));

        try (RandomAccessFile large =
                new RandomAccessFile(there.resolve("large").toFile(), "rw")) {
            large.seek(LARGE / 2);
            large.write(~large.read());
        }
        assertThat(figure(rsync(up + "/", back.toString()), "Literal data")).isBetween(1L, 100_000L);
        assertThat(snapshot(back)).isEqualTo(snapshot(there)).isNotEqualTo(snapshot(tree));
    }

    private static long allocated(Path file) throws IOException {
        return 512L
                * Long.parseLong(
                        run(folder, "stat", "-c", "%b", file.toString()).out().strip());
    }

    @Test
    void rsyncDeletesThereAndTellsWhatFails() throws IOException {
        Path here = Files.createDirectories(folder.resolve("few"));
        Path there = Files.createDirectory(folder.resolve("guest.few"));
        Files.writeString(here.resolve("kept"), "kept");
        Files.writeString(there.resolve("gone"), "gone");
        run(folder, "rsync", "-a", "--delete", "few/", THERE + ":" + there);
        assertThat(there.resolve("kept")).hasContent("kept");
        assertThat(there.resolve("gone")).doesNotExist();

        OpenSsh.Result none =
                ssh.program(folder, VM, runner, List.of(), "rsync", "-a", THERE + ":" + there + "/none", "few");
        // What rsync ends with where some files could not be transferred.
        assertThat(none.code()).as(none.err()).isEqualTo(23);
        assertThat(none.err()).contains("No such file or directory");
    }

    private static OpenSsh.Result tryGit(Path in, String... command) throws IOException {
        List<String> words =
                new ArrayList<>(List.of("env", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null"));
        words.addAll(List.of("git", "-c", "user.name=Ada", "-c", "user.email=ada@localhost", "-c", "gc.auto=0"));
        words.addAll(List.of(command));
        return ssh.program(in, VM, runner, List.of(), words.toArray(String[]::new));
    }

    private static String git(Path in, String... command) throws IOException {
        OpenSsh.Result result = tryGit(in, command);
        assertThat(result.code())
                .as(String.join(" ", command) + "\n" + result.err())
                .isZero();
        return result.out().strip();
    }

    private static void commit(Path in, String name, byte[] content) throws IOException {
        Files.write(in.resolve(name), content);
        git(in, "add", ".");
        git(in, "commit", "-q", "-m", "Add " + name);
    }

    @Test
    void gitPushesToABareRepositoryInTheGuestAndClonesIt() throws IOException {
        Path bare = folder.resolve("bare.git");
        String remote = THERE + ":" + bare;
        git(folder, "init", "-q", "--bare", "-b", "main", bare.toString());
        Path one = Files.createDirectory(folder.resolve("one"));
        git(one, "init", "-q", "-b", "main");
        commit(one, "large", random(LARGE));
        for (int i = 0; i < 100; i++) {
            Files.write(one.resolve("f" + i), random(i));
        }
        commit(one, "last", "last\n".getBytes(StandardCharsets.UTF_8));
        git(one, "remote", "add", "origin", remote);
        git(one, "push", "-q", "-u", "origin", "main");
        assertThat(git(bare, "rev-parse", "main")).isEqualTo(git(one, "rev-parse", "main"));
        git(bare, "fsck", "--strict");

        git(folder, "clone", "-q", remote, "two");
        Path two = folder.resolve("two");
        git(two, "fsck", "--strict");
        assertThat(git(two, "rev-parse", "HEAD")).isEqualTo(git(one, "rev-parse", "HEAD"));
        assertThat(two.resolve("large")).hasSameBinaryContentAs(one.resolve("large"));

        commit(two, "more", "more\n".getBytes(StandardCharsets.UTF_8));
        git(two, "push", "-q");
        commit(one, "other", "other\n".getBytes(StandardCharsets.UTF_8));
        OpenSsh.Result refused = tryGit(one, "push", "origin", "main");
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err()).contains("rejected");
        git(one, "pull", "-q", "--rebase");
        git(one, "push", "-q");
        assertThat(git(bare, "log", "--format=%s", "-3").lines()).containsExactly("Add other", "Add more", "Add last");
    }

    @Test
    void gitIsToldThatThereIsNoRepository() throws IOException {
        OpenSsh.Result none = tryGit(folder, "ls-remote", THERE + ":" + folder + "/none.git");
        assertThat(none.code()).isEqualTo(128);
        assertThat(none.err()).contains("does not appear to be a git repository");
    }
}

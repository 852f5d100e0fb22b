// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What OpenSSH's own tests have scp do, in both of its protocols, and batches of sftp. */
@Timeout(200)
@Tag("real")
@Tag("ssh")
class SshCopyTest {
    private static final String VM = "1";

    /** scp by sftp, and the older protocol, for which scp runs in the guest. */
    private static final String NEW = "-s";

    private static final String OLD = "-O";

    /** Or a batch gives no password. */
    private static final String ANSWERS = "-oBatchMode=no";

    @TempDir
    private static Path folder;

    private static TestServer server;
    private static OpenSsh ssh;
    private static String keeper;

    /** Of each test. */
    private Path here;

    private Path there;

    @BeforeAll
    static void start() throws IOException {
        folder = folder.toRealPath();
        server = TestServer.in(folder).realAgent(1).ssh().start();
        ssh = new OpenSsh(folder, server.ssh());
        keeper = server.makeKey(List.of("files:vm", "write:vm"), List.of(1L)).secret();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void makeFolders() throws IOException {
        here = Files.createTempDirectory(folder, "here");
        there = Files.createTempDirectory(folder, "there");
    }

    private static OpenSsh.Result tryScp(String... arguments) {
        return ssh.copy("scp", VM, keeper, arguments);
    }

    private static void scp(String... arguments) {
        OpenSsh.Result result = tryScp(arguments);
        assertThat(result.code()).as(result.err()).isZero();
    }

    private static Path file(Path path, int size) throws IOException {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return Files.write(path, bytes);
    }

    private void makeTree() throws IOException {
        Path tree = here.resolve("tree");
        Files.createDirectories(tree.resolve("sub/deep"));
        Files.createDirectory(tree.resolve("none"));
        file(tree.resolve("empty"), 0);
        file(tree.resolve("sub/a b $x"), 1);
        file(tree.resolve("sub/deep/large"), 400_000);
        Files.setPosixFilePermissions(file(tree.resolve("run"), 30), PosixFilePermissions.fromString("rwxr-x--x"));
    }

    /** Each file and folder with its permissions, and what is in it. */
    private static Map<String, String> tree(Path top) throws IOException {
        Map<String, String> found = new TreeMap<>();
        try (Stream<Path> all = Files.walk(top)) {
            for (Path each : all.toList()) {
                String content =
                        Files.isDirectory(each) ? "folder" : HexFormat.of().formatHex(Files.readAllBytes(each));
                found.put(
                        top.relativize(each).toString(),
                        PosixFilePermissions.toString(Files.getPosixFilePermissions(each)) + " " + content);
            }
        }
        return found;
    }

    private String remote(String name) {
        return "there:" + there.resolve(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {NEW, OLD})
    void aTreeGoesThereAndBack(String protocol) throws IOException {
        makeTree();
        scp(protocol, "-rp", here.resolve("tree").toString(), remote("tree"));
        assertThat(tree(there.resolve("tree")))
                .isEqualTo(tree(here.resolve("tree")))
                .hasSize(8);
        scp(protocol, "-rp", remote("tree"), here.resolve("back").toString());
        assertThat(tree(here.resolve("back"))).isEqualTo(tree(here.resolve("tree")));
    }

    /** Into a folder that is there, several at once. */
    @ParameterizedTest
    @ValueSource(strings = {NEW, OLD})
    void filesGoIntoAFolderAndByPatterns(String protocol) throws IOException {
        for (String name : List.of("a1", "a2", "b")) {
            file(here.resolve(name), 1_000 + name.hashCode() % 100);
        }
        scp(
                protocol,
                here.resolve("a1").toString(),
                here.resolve("a2").toString(),
                here.resolve("b").toString(),
                remote(""));
        assertThat(tree(there)).hasSize(4).containsKeys("a1", "a2", "b");
        Path back = Files.createDirectory(here.resolve("back"));
        scp(protocol, remote("a*"), back.toString());
        assertThat(tree(back)).hasSize(3).containsKeys("a1", "a2");
    }

    @ParameterizedTest
    @ValueSource(strings = {NEW, OLD})
    void aLongerFileIsReplacedByAShorterOne(String protocol) throws IOException {
        file(there.resolve("f"), 300_000);
        scp(protocol, file(here.resolve("f"), 20).toString(), remote("f"));
        assertThat(there.resolve("f")).hasSameBinaryContentAs(here.resolve("f"));
    }

    @ParameterizedTest
    @ValueSource(strings = {NEW, OLD})
    void whatCannotBeCopiedIsToldAndTheRestIsCopied(String protocol) throws IOException {
        String one = file(here.resolve("one"), 20).toString();
        assertThat(tryScp(protocol, remote("none"), here.toString()).code()).isNotZero();
        assertThat(tryScp(protocol, remote("none*"), here.toString()).code()).isNotZero();
        assertThat(tryScp(protocol, one, remote("no/folder")).code()).isNotZero();
        assertThat(tryScp(protocol, there.toString(), remote("")).err()).contains("not a regular file");
        assertThat(tryScp(protocol, one, here + "/none", remote("")).code()).isNotZero();
        assertThat(there.resolve("one")).hasSameBinaryContentAs(Path.of(one));
    }

    /** By way of this machine. */
    @Test
    void aFileGoesFromOneRemoteToAnother() throws IOException {
        file(there.resolve("f"), 100_000);
        scp("-3", remote("f"), remote("g"));
        assertThat(there.resolve("g")).hasSameBinaryContentAs(there.resolve("f"));
    }

    private OpenSsh.Result batch(String... lines) throws IOException {
        Path batch = Files.write(here.resolve("batch"), List.of(lines));
        return ssh.copy("sftp", VM, keeper, ANSWERS, "-b", batch.toString(), "there:" + there);
    }

    @Test
    void aTreeGoesThereAndBackBySftp() throws IOException {
        makeTree();
        assertThat(batch("lcd " + here, "put -rp tree", "get -rp tree back").code())
                .isZero();
        assertThat(tree(there.resolve("tree")))
                .isEqualTo(tree(here.resolve("tree")))
                .hasSize(8);
        assertThat(tree(here.resolve("back"))).isEqualTo(tree(here.resolve("tree")));
    }

    @Test
    void aBatchEndsAtTheFirstLineThatFailsUnlessTheLineSaysOtherwise() throws IOException {
        file(here.resolve("f"), 100);
        String put = "put " + here.resolve("f") + " ";
        OpenSsh.Result on = batch("# a comment", "", "-get none", put + "one", "-rm none", "-mkdir one", put + "two");
        assertThat(on.code()).as(on.err()).isZero();
        assertThat(tree(there)).hasSize(3).containsKeys("one", "two");
        OpenSsh.Result stopped = batch(put + "three", "get none", put + "four");
        assertThat(stopped.code()).isEqualTo(1);
        assertThat(tree(there)).hasSize(4).containsKeys("three");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "get none",
                "get none*",
                "put none",
                "rename none other",
                "rename one folder/none/x",
                "mkdir folder",
                "rmdir none",
                "rmdir folder",
                "rm folder",
                "rm none",
                "ln none x",
                "chmod 600 none",
                "cd none",
                "ls none",
                "cd one",
                "put folder/x one/x"
            })
    void aLineThatCannotBeDoneIsSaidAndEndsTheBatch(String line) throws IOException {
        file(there.resolve("one"), 10);
        file(Files.createDirectory(there.resolve("folder")).resolve("f"), 10);
        Map<String, String> before = tree(there);
        OpenSsh.Result result = batch("lcd " + here, line);
        assertThat(result.code()).as(result.out()).isEqualTo(1);
        assertThat(result.err()).isNotEmpty();
        assertThat(tree(there)).isEqualTo(before);
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.file;

import static dev.bellhop.server.http.file.FileScene.FILES;
import static dev.bellhop.server.http.file.FileScene.bytes;
import static dev.bellhop.server.http.file.FileScene.query;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.tar.TarMember;
import dev.bellhop.api.tar.TarWriter;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Trees as tars, in a guest that has no stream. */
@Timeout(120)
@Tag("real")
class V2TreesTest {
    private static final String TREE = FILES + "/tree";
    private static final String TREE_ROUTE = "/api/v2/vps/{vmid}/files/tree";
    private static final String TAR = "application/x-tar";

    @TempDir
    private Path folder;

    private FileScene scene;
    private Path tree;

    @BeforeEach
    void start() throws Exception {
        scene = new FileScene(folder);
        tree = Files.createDirectory(scene.guest.resolve("tree"));
        Files.createDirectory(tree.resolve("sub"));
        Files.writeString(tree.resolve("f"), "content");
        Files.writeString(tree.resolve("sub/g"), "g".repeat(100_000));
        Files.createSymbolicLink(tree.resolve("link"), Path.of("/nowhere"));
    }

    @AfterEach
    void stop() {
        scene.close();
    }

    private static TestAnswer read(TestClient client, Path path, String... headers) {
        return client.send("GET", TREE + query(path), request -> headers(request, headers));
    }

    private static TestAnswer write(TestClient client, Path path, byte[] tar, String... headers) {
        return client.send("PUT", TREE + query(path), request -> {
            request.method("PUT", BodyPublishers.ofByteArray(tar));
            request.header("Content-Type", TAR);
            headers(request, headers);
        });
    }

    private static void headers(HttpRequest.Builder request, String... headers) {
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
    }

    private static byte[] tar(TarMember... members) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        TarWriter writer = new TarWriter(out);
        for (TarMember member : members) {
            writer.begin(member);
            writer.write(new byte[(int) member.stored()], 0, (int) member.stored());
            writer.end();
        }
        writer.finish();
        return out.toByteArray();
    }

    private void same(Path one, Path other) throws Exception {
        Process diff = new ProcessBuilder("diff", "-r", "--no-dereference", one.toString(), other.toString())
                .redirectErrorStream(true)
                .start();
        assertThat(new String(diff.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .isEmpty();
        assertThat(diff.waitFor()).isZero();
    }

    @Test
    void aTreeComesAsATarAndGoesBack() throws Exception {
        TestAnswer read = read(scene.admin, tree);
        assertThat(read.status()).as(read.text()).isEqualTo(200);
        assertThat(read.header("Content-Type")).isEqualTo(TAR);
        assertThat(read.header("Bellhop-Transport")).isEqualTo("agent");
        byte[] tar = read.body();

        Path back = scene.guest.resolve("back");
        TestAnswer written = write(scene.admin, back, tar, "Content-Digest", FileScene.digestHeader(tar));
        assertThat(written.status()).as(written.text()).isEqualTo(201);
        assertThat(written.json().path("path").asString()).isEqualTo(back.toString());
        assertThat(scene.admin.get(String.valueOf(written.header("Location"))).status())
                .isEqualTo(200);
        assertThat(written.json().path("members").asInt()).isEqualTo(5);
        assertThat(written.json().path("transport").asString()).isEqualTo("agent");
        assertThat(written.json().path("bytes").asInt()).isEqualTo(100_007);
        String sha256 = HexFormat.of().formatHex(FileScene.sha256(tar));
        assertThat(written.json().path("sha256").asString()).isEqualTo(sha256);
        same(tree, back);
        assertThat(FileScene.names(back)).containsExactly("f", "link", "sub");
        assertThat(write(scene.admin, back, tar).status()).isEqualTo(200);

        String trail = scene.admin.get("/api/v2/audit").text();
        assertThat(trail).contains("tree of 5 members, 100007 bytes sha256:" + sha256);
        assertThat(trail).contains("\"GET " + TREE_ROUTE).contains("\"PUT " + TREE_ROUTE);
    }

    @Test
    void itIsCompressedWhereThatIsAskedFor() throws Exception {
        TestAnswer read = read(scene.admin, tree, "Accept-Encoding", "deflate, gzip");
        assertThat(read.header("Content-Encoding")).isEqualTo("gzip");
        assertThat(read.body().length).isLessThan(10_000);
        byte[] tar = new GZIPInputStream(new ByteArrayInputStream(read.body())).readAllBytes();
        assertThat(tar).isEqualTo(read(scene.admin, tree).body());

        Path back = scene.guest.resolve("back");
        assertThat(write(scene.admin, back, read.body(), "Content-Encoding", "gzip")
                        .status())
                .isEqualTo(201);
        same(tree, back);
        assertThat(write(scene.admin, back, tar, "Content-Encoding", "gzip").code())
                .isEqualTo("invalid_request");
        assertThat(write(scene.admin, back, tar, "Content-Encoding", "br").code())
                .isEqualTo("unsupported_media_type");
    }

    /** What a short request can grow to is bounded as what a long one has is. */
    @Test
    void aBombDoesNotGetPastTheLimit() throws Exception {
        ByteArrayOutputStream zipped = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(zipped)) {
            TarWriter writer = new TarWriter(out);
            writer.begin(TarMember.file(bytes("small"), 0644, 0, 0));
            writer.end();
            writer.begin(TarMember.file(bytes("large"), 0644, 0, 1L << 40));
        }
        TestAnswer answer = write(scene.admin, tree, zipped.toByteArray(), "Content-Encoding", "gzip");
        assertThat(answer.code()).isEqualTo("payload_too_large");
        assertThat(FileScene.names(tree)).containsExactly("f", "link", "sub");
    }

    /** The guest gets nothing of these members, so nothing else would end them. */
    @Test
    void membersThatTheGuestDoesNotGetHaveABound() throws Exception {
        TarMember root = TarMember.directory(bytes("./"), 0755, 0);
        ByteArrayOutputStream zipped = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(zipped)) {
            TarWriter writer = new TarWriter(out);
            for (int i = 0; i <= 1000; i++) {
                writer.begin(root);
                writer.end();
            }
            writer.finish();
        }
        TestAnswer answer = write(scene.admin, tree, zipped.toByteArray(), "Content-Encoding", "gzip");
        assertThat(answer.code()).isEqualTo("payload_too_large");
        assertThat(answer.text()).contains("more than 1000 entries for the directory itself");
    }

    @Test
    void extendedHeadersHaveABound() throws Exception {
        byte[] root = Arrays.copyOf(tar(TarMember.directory(bytes("./"), 0755, 0)), 512);
        byte[] longLink = root.clone();
        Arrays.fill(longLink, 124, 156, (byte) ' ');
        System.arraycopy(bytes("00000100000\0" + "00000000000\0"), 0, longLink, 124, 24);
        longLink[156] = 'K';
        int sum = 0;
        for (byte each : longLink) {
            sum += each & 0xFF;
        }
        System.arraycopy(bytes(String.format("%06o\0 ", sum)), 0, longLink, 148, 8);
        ByteArrayOutputStream zipped = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(zipped)) {
            for (int i = 0; i < 100; i++) {
                for (int j = 0; j < 16; j++) {
                    out.write(longLink);
                    out.write(new byte[32 * 1024]);
                }
                out.write(root);
            }
        }
        TestAnswer answer = write(scene.admin, tree, zipped.toByteArray(), "Content-Encoding", "gzip");
        assertThat(answer.code()).as(answer.text()).isEqualTo("payload_too_large");
        assertThat(answer.text()).contains("bytes of extended headers");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/etc/x", "../x", "sub/../../x"})
    void aMemberThatLeadsOutIsRefusedByName(String name) throws Exception {
        TestAnswer answer = write(scene.admin, tree, tar(TarMember.file(bytes(name), 0644, 0, 3)));
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.text()).contains(name);
        assertThat(FileScene.names(scene.guest)).containsExactly("tree");
    }

    @Test
    void whatIsNoTarOrNotAllOfOneIsRefused() throws Exception {
        byte[] tar = tar(TarMember.file(bytes("x"), 0644, 0, 3));
        assertThat(write(scene.admin, tree, bytes("x".repeat(1000))).text()).contains("it is no tar");
        assertThat(write(scene.admin, tree, Arrays.copyOf(tar, 700)).text()).contains("it ends early");
        assertThat(write(scene.admin, tree, tar, "Content-Digest", FileScene.digestHeader(bytes("y")))
                        .code())
                .isEqualTo("digest_mismatch");
        assertThat(FileScene.names(tree)).containsExactly("f", "link", "sub");
    }

    @Test
    void whatIsNoFolderIsNoTree() throws Exception {
        assertThat(read(scene.admin, tree.resolve("f")).code()).isEqualTo("not_directory");
        assertThat(read(scene.admin, tree.resolve("none")).code()).isEqualTo("file_not_found");
        assertThat(write(scene.admin, tree.resolve("f"), tar()).code()).isEqualTo("not_directory");
        assertThat(write(scene.admin, tree.resolve("none/none"), tar()).code()).isEqualTo("file_not_found");
    }

    @Test
    void theGuestSaysWhatItCannotUnpack() throws Exception {
        TestAnswer answer = write(scene.admin, tree, tar(TarMember.file(bytes("sub"), 0644, 0, 3)));
        assertThat(answer.code()).isEqualTo("guest_refused");
        assertThat(answer.text())
                .contains("a directory is in the place of a file")
                .contains("of the 1 members that were sent");
        assertThat(FileScene.names(tree)).containsExactly("f", "link", "sub");
    }

    @Test
    void aLimitedKeyStaysWithin() throws Exception {
        Path out = Files.createDirectory(scene.guest.resolve("out"));
        Files.createSymbolicLink(tree.resolve("out"), out);
        TestClient writer = scene.within(tree, "write");
        byte[] tar = tar(TarMember.file(bytes("out/x"), 0644, 0, 3));
        assertThat(write(writer, tree, tar).code()).isEqualTo("guest_refused");
        assertThat(write(writer, tree.resolve("out"), tar).code()).isEqualTo("policy_refused");
        assertThat(write(writer, scene.guest.resolve("other"), tar).code()).isEqualTo("policy_refused");
        assertThat(read(writer, tree.resolve("out")).code()).isEqualTo("policy_refused");
        assertThat(read(writer, scene.guest).code()).isEqualTo("policy_refused");
        assertThat(write(scene.within(tree, "read"), tree, tar).code()).isEqualTo("policy_refused");
        assertThat(FileScene.names(out)).isEmpty();
        assertThat(FileScene.names(scene.guest)).containsExactly("out", "tree");
        assertThat(write(writer, tree, tar(TarMember.file(bytes("y"), 0644, 0, 3)))
                        .status())
                .isEqualTo(200);
        assertThat(read(writer, tree).status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/etc/shadow", "../secret", "sub/../../secret", "..", "TREE/../secret", "TREE-2/x", "/"})
    void aLimitedKeyMakesNoLinkThatLeadsOut(String target) throws Exception {
        TestClient writer = scene.within(tree, "write");
        byte[] tar = tar(
                TarMember.file(bytes("first"), 0644, 0, 3),
                TarMember.symlink(bytes("sub/l"), bytes(target.replace("TREE", tree.toString())), 0));
        TestAnswer refused = write(writer, tree, tar);
        assertThat(refused.status()).as(refused.text()).isEqualTo(403);
        assertThat(refused.code()).isEqualTo("policy_refused");
        assertThat(refused.json().path("rule").asString()).isEqualTo("files");
        assertThat(refused.text()).contains("the link sub/l").contains("of the 1 members that were sent");
        assertThat(FileScene.names(tree.resolve("sub"))).containsExactly("g");

        assertThat(write(scene.admin, tree, tar).status()).isEqualTo(200);
        assertThat(write(scene.within(Path.of("/"), "write"), tree, tar).status())
                .isEqualTo(200);
        assertThat(FileScene.names(tree.resolve("sub"))).containsExactly("g", "l");
    }

    @Test
    void aLimitedKeyMakesLinksThatLeadIn() throws Exception {
        TestClient writer = scene.within(tree, "write");
        byte[] tar = tar(
                TarMember.symlink(bytes("sub/relative"), bytes("g"), 0),
                TarMember.symlink(bytes("sub/dots"), bytes("..g/g.."), 0),
                TarMember.symlink(bytes("absolute"), bytes(tree + "/none"), 0),
                TarMember.symlink(bytes("itself"), bytes(tree.toString()), 0),
                TarMember.hardLink(bytes("hard"), bytes("f"), 0644, 0));
        TestAnswer written = write(writer, tree, tar);
        assertThat(written.status()).as(written.text()).isEqualTo(200);
        assertThat(Files.readSymbolicLink(tree.resolve("sub/relative"))).isEqualTo(Path.of("g"));
        assertThat(Files.readSymbolicLink(tree.resolve("absolute"))).isEqualTo(tree.resolve("none"));
        assertThat(Files.isSameFile(tree.resolve("hard"), tree.resolve("f"))).isTrue();
    }

    /** By a link that is there already it gets no further, neither with what it makes nor with another name of what is there. */
    @Test
    void aLimitedKeysHardLinksStayWithin() throws Exception {
        Path out = Files.createDirectory(scene.guest.resolve("out"));
        Files.writeString(out.resolve("secret"), "secret");
        Files.createSymbolicLink(tree.resolve("out"), out);
        TestClient writer = scene.within(tree, "write");
        for (String target : new String[] {"out/secret", "../out/secret", out + "/secret"}) {
            TestAnswer refused = write(writer, tree, tar(TarMember.hardLink(bytes("y"), bytes(target), 0644, 0)));
            assertThat(refused.code()).as(target).isIn("guest_refused", "invalid_request");
        }
        assertThat(write(writer, tree, tar(TarMember.symlink(bytes("out/l"), bytes("x"), 0)))
                        .code())
                .isEqualTo("guest_refused");
        assertThat(FileScene.names(tree)).containsExactly("f", "link", "out", "sub");
        assertThat(FileScene.names(out)).containsExactly("secret");
    }

    @Test
    void aLimitedKeyMakesNoProgramThatRunsAsAnother() throws Exception {
        TestClient writer = scene.within(tree, "write");
        for (int bit : new int[] {04000, 02000}) {
            byte[] tar = tar(TarMember.file(bytes("sub/x"), 0755 | bit, 0, 3));
            TestAnswer refused = write(writer, tree, tar);
            assertThat(refused.code()).as(refused.text()).isEqualTo("policy_refused");
            assertThat(refused.text()).contains("the file sub/x").contains("set-user-ID");
            assertThat(FileScene.names(tree.resolve("sub"))).containsExactly("g");
        }
        byte[] shared = tar(TarMember.directory(bytes("shared"), 02775, 0));
        assertThat(write(writer, tree, shared).status()).isEqualTo(200);
        assertThat(FileScene.mode(tree.resolve("shared"))).isEqualTo(02775);
        byte[] program = tar(TarMember.file(bytes("sub/x"), 04755, 0, 3));
        assertThat(write(scene.admin, tree, program).status()).isEqualTo(200);
        assertThat(FileScene.mode(tree.resolve("sub/x"))).isEqualTo(04755);
    }

    @Test
    void aStrangerSeesNoVm() {
        String other = scene.server.makeAccount("other");
        TestClient stranger = scene.server.tenant(other, "files:vm");
        assertThat(read(stranger, tree).code()).isEqualTo("not_found");
        assertThat(write(stranger, tree, bytes("")).code()).isEqualTo("not_found");
    }

    @Test
    void headTellsOfATreeWithoutIt() {
        for (String coding : new String[] {"identity", "gzip"}) {
            TestAnswer head = head(tree, "Accept-Encoding", coding);
            TestAnswer read = read(scene.admin, tree, "Accept-Encoding", coding);
            assertThat(head.status()).isEqualTo(200);
            assertThat(head.body()).isEmpty();
            for (String name : new String[] {
                "Content-Type",
                "Content-Encoding",
                "Content-Disposition",
                "Content-Length",
                "Vary",
                "Cache-Control",
                "X-Content-Type-Options",
                "X-File-Path"
            }) {
                assertThat(head.header(name)).as(name).isEqualTo(read.header(name));
            }
            assertThat(head.header("X-File-Path")).isEqualTo(tree.toString());
        }
        assertThat(head(tree.resolve("none")).status()).isEqualTo(404);
        assertThat(head(tree.resolve("f")).status())
                .isEqualTo(read(scene.admin, tree.resolve("f")).status());
        assertThat(head(scene.within(tree, "read"), scene.guest).status()).isEqualTo(403);
        String other = scene.server.makeAccount("other");
        assertThat(head(scene.server.tenant(other, "files:vm"), tree).status()).isEqualTo(404);
    }

    @Test
    void aBrowserLearnsTheNameOfATree() throws Exception {
        assertThat(read(scene.admin, tree).header("Content-Disposition"))
                .isEqualTo("attachment; filename=\"tree.tar\"");
        assertThat(read(scene.admin, tree, "Accept-Encoding", "gzip").header("Content-Disposition"))
                .isEqualTo("attachment; filename=\"tree.tar\"");
        Path link = Files.createSymbolicLink(scene.guest.resolve("link"), tree);
        assertThat(head(link).header("Content-Disposition")).isEqualTo("attachment; filename=\"tree.tar\"");
        Path odd = Files.createDirectory(scene.guest.resolve("ü"));
        assertThat(head(odd).header("Content-Disposition"))
                .isEqualTo("attachment; filename=\"__.tar\"; filename*=UTF-8''%C3%BC.tar");
        assertThat(head(Path.of("/")).header("Content-Disposition")).isEqualTo("attachment; filename=\"tree.tar\"");
    }

    private TestAnswer head(Path path, String... headers) {
        return head(scene.admin, path, headers);
    }

    private static TestAnswer head(TestClient client, Path path, String... headers) {
        return client.send("HEAD", TREE + query(path), request -> headers(request, headers));
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.file;

import static dev.bellhop.server.http.file.FileScene.FILES;
import static dev.bellhop.server.http.file.FileScene.bytes;
import static dev.bellhop.server.http.file.FileScene.encoded;
import static dev.bellhop.server.http.file.FileScene.query;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.Json;
import dev.bellhop.server.app.TestAnswer;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.io.TempDirFactory;
import tools.jackson.databind.JsonNode;

/** Reading files of a guest: all of them, parts, what they are, and directories. */
@Timeout(120)
@Tag("real")
class V2FilesTest {
    @TempDir
    private Path folder;

    private FileScene scene;

    @BeforeEach
    void start() throws Exception {
        scene = new FileScene(folder);
    }

    @AfterEach
    void stop() {
        scene.close();
    }

    private static final class Tmpfs implements TempDirFactory {
        @Override
        public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext context) throws IOException {
            return Files.createTempDirectory(Path.of("/dev/shm"), "bellhop-");
        }
    }

    @Test
    void aFileIsReadWithWhatItIs() throws Exception {
        byte[] contents = new byte[1_000_000];
        new Random(1).nextBytes(contents);
        Path file = Files.write(scene.guest.resolve("random"), contents);

        TestAnswer answer = scene.read(file, "Want-Repr-Digest", "sha-256=5");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo(contents);
        assertThat(answer.header("Content-Length")).isEqualTo("1000000");
        assertThat(answer.header("X-File-Path")).isEqualTo(file.toString());
        assertThat(answer.header("Repr-Digest")).isEqualTo(FileScene.digestHeader(contents));
        assertThat(answer.header("Content-Digest")).isEqualTo(FileScene.digestHeader(contents));
        assertThat(answer.header("X-File-Mode")).isEqualTo("0644");
        assertThat(answer.header("Bellhop-Transport")).isEqualTo("agent");
        assertThat(answer.header("ETag")).isEqualTo(scene.read(file).header("ETag"));
    }

    @Test
    void aHeadTellsTheSameAndSendsNothing() throws Exception {
        Path file = Files.write(scene.guest.resolve("f"), bytes("hello"));
        TestAnswer head = scene.admin.send("HEAD", FILES + query(file), request -> {});

        assertThat(head.status()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
        assertThat(head.header("Content-Length")).isEqualTo("5");
        assertThat(head.header("Bellhop-Transport")).isNull();
        assertThat(head.header("ETag")).isEqualTo(scene.read(file).header("ETag"));
    }

    @Test
    void aPartIsReadAsLongAsTheFileIsTheSame() throws Exception {
        Path file = Files.write(scene.guest.resolve("f"), bytes("0123456789"));
        String etag = String.valueOf(scene.read(file).header("ETag"));

        TestAnswer part = scene.read(file, "Range", "bytes=3-5", "If-Range", etag);
        assertThat(part.status()).isEqualTo(206);
        assertThat(part.text()).isEqualTo("345");
        assertThat(part.header("Content-Range")).isEqualTo("bytes 3-5/10");
        assertThat(scene.read(file, "Range", "bytes=-2").text()).isEqualTo("89");
        assertThat(scene.read(file, "Range", "bytes=10-").status()).isEqualTo(416);

        Files.write(file, bytes("abcdefghij"));
        TestAnswer whole = scene.read(file, "Range", "bytes=3-5", "If-Range", etag);
        assertThat(whole.status()).isEqualTo(200);
        assertThat(whole.text()).isEqualTo("abcdefghij");
    }

    @Test
    void aReaderThatHasTheFileIsToldSo() throws Exception {
        Path file = Files.write(scene.guest.resolve("f"), bytes("hello"));
        TestAnswer first = scene.read(file);
        String etag = String.valueOf(first.header("ETag"));
        String modified = String.valueOf(first.header("Last-Modified"));
        String old = "Sat, 01 Jan 2000 00:00:00 GMT";

        for (String tags : List.of(etag, "*", "\"other\", W/" + etag, etag + ",\"x\"")) {
            TestAnswer same = scene.read(file, "If-None-Match", tags, "If-Modified-Since", old);
            assertThat(same.status()).as(tags).isEqualTo(304);
            assertThat(same.body()).isEmpty();
            assertThat(same.header("ETag")).isEqualTo(etag);
        }
        assertThat(scene.read(file, "If-Modified-Since", modified).status()).isEqualTo(304);
        assertThat(scene.read(file, "If-Modified-Since", old).text()).isEqualTo("hello");
        assertThat(scene.read(file, "If-Modified-Since", "yesterday").text()).isEqualTo("hello");
        assertThat(scene.read(file, "If-None-Match", "\"other\"").text()).isEqualTo("hello");

        assertThat(scene.read(file, "If-Match", "\"other\", " + etag).text()).isEqualTo("hello");
        assertThat(scene.read(file, "If-Match", "W/" + etag).code()).isEqualTo("precondition_failed");
        assertThat(scene.read(file, "If-Match", "\"other\"").status()).isEqualTo(412);
        assertThat(scene.read(file, "If-Unmodified-Since", old).status()).isEqualTo(412);
        assertThat(scene.read(file, "If-Unmodified-Since", modified).text()).isEqualTo("hello");
        for (String wrong : List.of("other", "\"a\" \"b\"", "\"a", "")) {
            assertThat(scene.read(file, "If-Match", wrong).status()).as(wrong).isEqualTo(400);
        }
    }

    @Test
    void anUploadTakesAnyOfSeveralStates() throws Exception {
        Path file = Files.write(scene.guest.resolve("f"), bytes("old"));
        String etag = String.valueOf(scene.read(file).header("ETag"));
        assertThat(scene.write(file, bytes("x"), "", "If-Match", "\"other\"").status())
                .isEqualTo(412);
        assertThat(scene.write(file, bytes("new"), "", "If-Match", "\"other\", " + etag)
                        .status())
                .isEqualTo(200);
        assertThat(scene.write(file, bytes("newer"), "", "If-Match", "*").status())
                .isEqualTo(200);
        assertThat(file).hasContent("newer");
        assertThat(scene.write(scene.guest.resolve("none"), bytes("x"), "", "If-Match", "*")
                        .status())
                .isEqualTo(412);
    }

    @Test
    void aBrowserLearnsTheNameOfAFile() throws Exception {
        assertThat(disposition("motd-1.0 (old).tar.gz")).isEqualTo("attachment; filename=\"motd-1.0 (old).tar.gz\"");
        assertThat(disposition("a b\"ü.txt"))
                .isEqualTo("attachment; filename=\"a b___.txt\"; filename*=UTF-8''a%20b%22%C3%BC.txt");
        assertThat(disposition("100%.txt")).isEqualTo("attachment; filename=\"100_.txt\"; filename*=UTF-8''100%25.txt");
        scene.admin.run(1, "printf odd > " + scene.guest + "/\"$(printf 'a\\377x')\"");
        TestAnswer odd = scene.admin.get(FILES + "?path=" + encoded(bytes(scene.guest + "/a")) + "%FFx");
        assertThat(odd.header("Content-Disposition")).isEqualTo("attachment; filename=\"a_x\"");
    }

    private @Nullable String disposition(String name) throws IOException {
        return scene.read(Files.write(scene.guest.resolve(name), bytes("x"))).header("Content-Disposition");
    }

    /** Clients in Python have no such years. Neither has ext4, but tmpfs has. */
    @Test
    void aFileFromTheFarFutureBreaksNoListing(@TempDir(factory = Tmpfs.class) Path memory) throws Exception {
        Path file = Files.write(memory.resolve("f"), bytes("x"));
        // Java sets no time after 2262.
        Process touch = new ProcessBuilder("touch", "-d", "@300000000000", file.toString()).start();
        assertThat(touch.waitFor()).isZero();
        JsonNode entry = scene.admin.get(FILES + "/list" + query(memory)).json().at("/items/0");
        assertThat(entry.path("name").asString()).isEqualTo("f");
        assertThat(entry.has("modifiedAt")).isFalse();
        assertThat(scene.read(file).header("Last-Modified")).isNull();
    }

    @Test
    void emptySparseAndKernelFilesAreRead() throws Exception {
        Path empty = Files.createFile(scene.guest.resolve("empty"));
        TestAnswer nothing = scene.read(empty);
        assertThat(nothing.status()).isEqualTo(200);
        assertThat(nothing.body()).isEmpty();

        Path sparse = scene.guest.resolve("sparse");
        try (RandomAccessFile file = new RandomAccessFile(sparse.toFile(), "rw")) {
            file.setLength(3_000_000);
            file.seek(2_999_999);
            file.write(7);
        }
        byte[] read = scene.read(sparse).body();
        assertThat(read).hasSize(3_000_000);
        assertThat(read[2_999_999]).isEqualTo((byte) 7);
        assertThat(read[0]).isZero();

        TestAnswer version = scene.read(Path.of("/proc/version"));
        assertThat(version.text()).isEqualTo(Files.readString(Path.of("/proc/version")));
        assertThat(version.header("Content-Length")).isNull();
        assertThat(version.header("Bellhop-Transport")).isNull();
    }

    @Test
    void anEmptyFileHasTheDigestOfNothing() throws Exception {
        Path empty = Files.createFile(scene.guest.resolve("empty"));
        TestAnswer asked = scene.read(empty, "Want-Repr-Digest", "sha-256=1");
        TestAnswer head = scene.admin.send(
                "HEAD", FILES + query(empty), request -> request.header("Want-Repr-Digest", "sha-256=1"));
        for (TestAnswer answer : new TestAnswer[] {asked, head}) {
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body()).isEmpty();
            assertThat(answer.header("Repr-Digest")).isEqualTo(FileScene.digestHeader(new byte[0]));
            assertThat(answer.header("Content-Digest")).isEqualTo(FileScene.digestHeader(new byte[0]));
        }
        assertThat(scene.read(empty).header("Repr-Digest")).isNull();
        // One that is not empty and says so has none beforehand.
        TestAnswer version = scene.read(Path.of("/proc/version"), "Want-Repr-Digest", "sha-256=1");
        assertThat(version.text()).isEqualTo(Files.readString(Path.of("/proc/version")));
        assertThat(version.header("Repr-Digest")).isNull();
    }

    @Test
    void namesOfAnyBytesAreRead() throws Exception {
        for (String name : new String[] {"it's a \"name\" $(with) `all`\n* ?", "-rf", "tilde~ümläut", " "}) {
            Path file = Files.write(scene.guest.resolve(name), bytes(name));
            assertThat(scene.read(file).text()).isEqualTo(name);
        }
        scene.admin.run(1, "printf odd > " + scene.guest + "/\"$(printf 'a\\377\\nx')\"");
        String path = "?path=" + encoded(bytes(scene.guest + "/a")) + "%FF%0Ax";
        TestAnswer odd = scene.admin.get(FILES + path);
        assertThat(odd.text()).isEqualTo("odd");
        TestAnswer stat = scene.admin.get(FILES + "/stat" + path);
        assertThat(stat.json().has("path")).isFalse();
        assertThat(stat.json().path("pathBase64").binaryValue())
                .endsWith((byte) 'a', (byte) 0xFF, (byte) '\n', (byte) 'x');
    }

    @Test
    void whatIsNoFileIsRefusedInPlainWords() throws Exception {
        assertThat(scene.read(scene.guest.resolve("none")).code()).isEqualTo("file_not_found");
        assertThat(scene.read(scene.guest.resolve("none/none")).code()).isEqualTo("file_not_found");
        assertThat(scene.read(scene.guest).code()).isEqualTo("is_directory");
        assertThat(scene.read(Path.of("/dev/null")).code()).isEqualTo("not_regular_file");
        Files.createSymbolicLink(scene.guest.resolve("dangling"), Path.of("nowhere"));
        assertThat(scene.read(scene.guest.resolve("dangling")).code()).isEqualTo("file_not_found");
        assertThat(scene.admin.get(FILES + "?path=relative").code()).isEqualTo("invalid_field");
        assertThat(scene.admin.get(FILES + "?path=%2Fa%00b").code()).isEqualTo("invalid_field");
        assertThat(scene.admin.get(FILES).code()).isEqualTo("invalid_field");
        assertThat(scene.admin.get(FILES + "?path=/a&path=/b").code()).isEqualTo("invalid_request");
    }

    @Test
    void aLinkIsFollowedAndToldApart() throws Exception {
        Path file = Files.write(scene.guest.resolve("f"), bytes("x"));
        Path link = Files.createSymbolicLink(scene.guest.resolve("link"), Path.of("f"));

        assertThat(scene.read(link).header("X-File-Path")).isEqualTo(file.toString());
        TestAnswer followed = scene.admin.get(FILES + "/stat" + query(link));
        assertThat(followed.json().path("path").asString()).isEqualTo(file.toString());
        assertThat(followed.json().path("kind").asString()).isEqualTo("file");
        TestAnswer itself = scene.admin.get(FILES + "/stat" + query(link) + "&follow=false");
        assertThat(itself.json().path("kind").asString()).isEqualTo("symlink");
        assertThat(itself.json().path("target").asString()).isEqualTo("f");
        assertThat(scene.admin.get(FILES + "/stat?path=/").json().path("kind").asString())
                .isEqualTo("directory");
    }

    @Test
    void aDirectoryIsListedPageByPage() throws Exception {
        for (String name : new String[] {".hidden", "b", "a", "line\nfeed", "x", "..b"}) {
            Files.write(scene.guest.resolve(name), bytes(name));
        }
        Files.createDirectory(scene.guest.resolve("d"));
        Files.createSymbolicLink(scene.guest.resolve("l"), Path.of("to\n/there"));

        StringBuilder names = new StringBuilder();
        String cursor = "";
        do {
            TestAnswer page = scene.admin.get(FILES + "/list" + query(scene.guest) + "&limit=3" + cursor);
            assertThat(page.status()).as(page.text()).isEqualTo(200);
            page.json()
                    .path("items")
                    .forEach(item -> names.append(item.path("name").asString())
                            .append(
                                    item.has("target")
                                            ? "->" + item.path("target").asString()
                                            : "")
                            .append('|'));
            cursor = page.json().has("nextCursor")
                    ? "&cursor=" + page.json().path("nextCursor").asString()
                    : "";
        } while (!cursor.isEmpty());

        assertThat(names).hasToString("..b|.hidden|a|b|d|l->to\n/there|line\nfeed|x|");
        Path empty = Files.createDirectory(scene.guest.resolve("d/empty"));
        assertThat(scene.admin.get(FILES + "/list" + query(empty)).json().path("items"))
                .isEmpty();
        assertThat(scene.admin
                        .get(FILES + "/list" + query(scene.guest.resolve("a")))
                        .code())
                .isEqualTo("not_directory");
    }

    @Test
    void changesAreMade() throws Exception {
        Path made = scene.guest.resolve("x/y/z");
        assertThat(post("mkdir", Map.of("path", made.toString())).code()).isEqualTo("file_not_found");
        assertThat(post("mkdir", Map.of("path", made.toString(), "parents", true, "mode", "0700"))
                        .status())
                .isEqualTo(204);
        assertThat(post("mkdir", Map.of("path", made.toString(), "parents", true))
                        .status())
                .isEqualTo(204);
        assertThat(post("mkdir", Map.of("path", made.toString())).code()).isEqualTo("file_exists");
        assertThat(Files.getAttribute(made, "unix:mode")).isEqualTo(0040700);

        Path file = Files.write(made.resolve("f"), bytes("x"));
        assertThat(post("chmod", Map.of("path", file.toString(), "mode", "0600"))
                        .status())
                .isEqualTo(204);
        assertThat(Files.getAttribute(file, "unix:mode")).isEqualTo(0100600);
        assertThat(post("chown", Map.of("path", file.toString(), "owner", "nobody:daemon"))
                        .status())
                .isEqualTo(204);
        assertThat(Files.getOwner(file).getName()).isEqualTo("nobody");
        assertThat(post("chown", Map.of("path", file.toString(), "owner", "no-such-user"))
                        .code())
                .isEqualTo("guest_refused");

        Path other = Files.write(made.resolve("other"), bytes("y"));
        assertThat(post("rename", Map.of("path", file.toString(), "to", other.toString()))
                        .code())
                .isEqualTo("file_exists");
        assertThat(post("rename", Map.of("path", file.toString(), "to", other.toString(), "overwrite", true))
                        .status())
                .isEqualTo(204);
        assertThat(Files.readString(other)).isEqualTo("x");
        assertThat(post(
                                "rename",
                                Map.of(
                                        "path",
                                        other.toString(),
                                        "to",
                                        scene.guest.resolve("-n").toString()))
                        .status())
                .isEqualTo(204);

        assertThat(delete(scene.guest.resolve("-n"), "").status()).isEqualTo(204);
        assertThat(delete(scene.guest.resolve("-n"), "").code()).isEqualTo("file_not_found");
        assertThat(delete(scene.guest.resolve("x"), "").code()).isEqualTo("directory_not_empty");
        assertThat(delete(made, "").status()).isEqualTo(204);
        Path kept = Files.write(scene.guest.resolve("kept"), bytes("k"));
        Files.createSymbolicLink(scene.guest.resolve("x/link"), kept);
        Files.createSymbolicLink(scene.guest.resolve("x/up"), scene.guest);
        assertThat(delete(scene.guest.resolve("x"), "&recursive=true").status()).isEqualTo(204);
        assertThat(FileScene.names(scene.guest)).containsExactly("kept");
        assertThat(scene.admin.send("DELETE", FILES + "?path=/", request -> {}).code())
                .isEqualTo("invalid_field");
    }

    private TestAnswer post(String action, Map<String, Object> body) {
        return scene.admin.post(FILES + "/actions/" + action, Json.mapper().writeValueAsString(body));
    }

    private TestAnswer delete(Path path, String more) {
        return scene.admin.send("DELETE", FILES + query(path) + more, request -> {});
    }
}

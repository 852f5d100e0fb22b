// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.file;

import static dev.bellhop.server.http.file.FileScene.FILES;
import static dev.bellhop.server.http.file.FileScene.bytes;
import static dev.bellhop.server.http.file.FileScene.digestHeader;
import static dev.bellhop.server.http.file.FileScene.names;
import static dev.bellhop.server.http.file.FileScene.query;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.file.FileSettings;
import java.io.ByteArrayInputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Writing files of a guest: at once, in parts, on conditions, and never by halves. */
@Timeout(120)
@Tag("real")
class V2UploadsTest {
    private static final String UPLOAD = "&upload=upload-1";

    @TempDir
    private Path folder;

    private FileScene scene;

    @BeforeEach
    void start() throws Exception {
        FileSettings settings = new FileSettings(5_000_000, null, 4);
        scene = new FileScene(
                folder, TestServer.in(folder).realAgent(1).files(settings).start());
    }

    @AfterEach
    void stop() {
        scene.close();
    }

    @Test
    void aProgramCanBeRunAsSoonAsItIsThere() throws Exception {
        Path program = scene.guest.resolve("program");
        TestAnswer answer =
                scene.write(program, Files.readAllBytes(Path.of("/bin/true").toRealPath()), "&mode=0755");
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        assertThat(new ProcessBuilder(program.toString()).start().waitFor()).isZero();
    }

    /** What is compressed on its way would be stored compressed. */
    @Test
    void aFileIsSentAsItIs() throws Exception {
        Path file = scene.guest.resolve("f");
        for (String coding : new String[] {"gzip", "br", "identity, gzip"}) {
            TestAnswer refused = scene.write(file, FileScene.bytes("x"), "", "Content-Encoding", coding);
            assertThat(refused.status()).as(coding).isEqualTo(415);
            assertThat(refused.code()).isEqualTo("unsupported_media_type");
            assertThat(refused.text()).contains("Content-Encoding");
            assertThat(FileScene.names(scene.guest)).isEmpty();
        }
        assertThat(scene.write(
                                file,
                                FileScene.bytes("x"),
                                "",
                                "Content-Encoding",
                                "identity",
                                "Content-Encoding",
                                "gzip")
                        .status())
                .isEqualTo(415);
        assertThat(scene.write(file, FileScene.bytes("x"), "", "Content-Encoding", "Identity")
                        .status())
                .isEqualTo(201);
    }

    @Test
    void ofTwoWhoMeanTheSameStateOneIsRefused() throws Exception {
        Path file = scene.guest.resolve("counter");
        scene.write(file, FileScene.bytes("0"), "");
        for (int round = 0; round < 5; round++) {
            String etag = scene.read(file).header("ETag");
            List<CompletableFuture<Integer>> both = Stream.of("a", "b")
                    .map(text -> CompletableFuture.supplyAsync(
                            () -> scene.write(file, FileScene.bytes(text), "", "If-Match", etag)
                                    .status()))
                    .toList();
            assertThat(both.stream().map(CompletableFuture::join)).containsExactlyInAnyOrder(200, 412);
        }
    }

    @Test
    void aNewFileIsThereWholeWithItsModeOwnerAndTime() throws Exception {
        byte[] contents = new byte[3_000_001];
        new Random(2).nextBytes(contents);
        Path file = scene.guest.resolve("new");

        TestAnswer answer = scene.write(
                file,
                contents,
                "&mode=0640&owner=nobody&mtime=2024-01-02T03:04:05.123456789Z",
                "Content-Digest",
                digestHeader(contents));

        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        assertThat(answer.json().path("sha256").asString())
                .isEqualTo(HexFormat.of().formatHex(FileScene.sha256(contents)));
        assertThat(answer.header("Repr-Digest")).isEqualTo(digestHeader(contents));
        assertThat(answer.json().path("transport").asString()).isEqualTo("agent");
        assertThat(answer.header("ETag")).isEqualTo(scene.read(file).header("ETag"));
        assertThat(Files.readAllBytes(file)).isEqualTo(contents);
        assertThat(Files.getAttribute(file, "unix:mode")).isEqualTo(0100640);
        assertThat(Files.getOwner(file).getName()).isEqualTo("nobody");
        assertThat(Files.getLastModifiedTime(file).toInstant())
                .isEqualTo(Instant.parse("2024-01-02T03:04:05.123456789Z"));
        assertThat(names(scene.guest)).containsExactly("new");
    }

    @Test
    void aFileThatIsReplacedKeepsModeAndOwner() throws Exception {
        Path file = Files.write(scene.guest.resolve("f"), bytes("old"));
        scene.admin.run(1, "chown nobody:daemon " + file + " && chmod 4750 " + file);

        TestAnswer answer = scene.write(file, bytes("new"), "");

        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        assertThat(Files.readString(file)).isEqualTo("new");
        assertThat(Files.getAttribute(file, "unix:mode")).isEqualTo(0104750);
        assertThat(Files.getOwner(file).getName()).isEqualTo("nobody");
    }

    @Test
    void emptyFilesOddNamesAndLinksAreWritten() throws Exception {
        Path odd = scene.guest.resolve("-it's $(odd) + a=b&c#d%\n");
        TestAnswer made = scene.write(odd, new byte[0], "&mode=0640");
        assertThat(made.status()).isEqualTo(201);
        TestAnswer found = scene.admin.get(String.valueOf(made.header("Location")));
        assertThat(found.status()).as(made.header("Location")).isEqualTo(200);
        assertThat(found.header("ETag")).isEqualTo(made.header("ETag"));
        assertThat(scene.write(odd, new byte[0], "").header("Location")).isNull();
        assertThat(Files.size(odd)).isZero();

        Path target = Files.write(scene.guest.resolve("target"), bytes("old"));
        Path link = Files.createSymbolicLink(scene.guest.resolve("link"), target);
        TestAnswer answer = scene.write(link, bytes("new"), "");
        assertThat(answer.json().path("file").path("path").asString()).isEqualTo(target.toString());
        assertThat(Files.isSymbolicLink(link)).isTrue();
        assertThat(Files.readString(target)).isEqualTo("new");

        assertThat(scene.write(scene.guest, bytes("x"), "").code()).isEqualTo("is_directory");
        assertThat(scene.write(Path.of("/dev/null"), bytes("x"), "").code()).isEqualTo("not_regular_file");
        assertThat(scene.write(scene.guest.resolve("no/where"), bytes("x"), "").code())
                .isEqualTo("file_not_found");
    }

    @Test
    void conditionsHold() throws Exception {
        Path file = scene.guest.resolve("f");
        assertThat(scene.write(file, bytes("1"), "", "If-None-Match", "*").status())
                .isEqualTo(201);
        TestAnswer again = scene.write(file, bytes("2"), "", "If-None-Match", "*");
        assertThat(again.status()).isEqualTo(412);
        assertThat(again.code()).isEqualTo("precondition_failed");

        String etag = String.valueOf(scene.read(file).header("ETag"));
        TestAnswer second = scene.write(file, bytes("2"), "", "If-Match", etag);
        assertThat(second.status()).as(second.text()).isEqualTo(200);
        assertThat(scene.write(file, bytes("3"), "", "If-Match", etag).status()).isEqualTo(412);
        assertThat(scene.write(scene.guest.resolve("none"), bytes("3"), "", "If-Match", etag)
                        .status())
                .isEqualTo(412);
        assertThat(Files.readString(file)).isEqualTo("2");
        assertThat(names(scene.guest)).containsExactly("f");
    }

    @Test
    void whatIsNotWhatItsDigestSaysIsNotWritten() throws Exception {
        Path file = Files.write(scene.guest.resolve("f"), bytes("old"));
        for (String header : new String[] {"Content-Digest", "Repr-Digest"}) {
            TestAnswer answer = scene.write(file, bytes("new"), "", header, digestHeader(bytes("other")));
            assertThat(answer.code()).isEqualTo("digest_mismatch");
        }
        assertThat(scene.write(file, bytes("new"), "", "Content-Digest", "sha-256=:x:")
                        .code())
                .isEqualTo("invalid_request");
        assertThat(Files.readString(file)).isEqualTo("old");
        assertThat(names(scene.guest)).containsExactly("f");
    }

    @Test
    void aFileComesInPartsAndIsSeenOnceItIsWhole() throws Exception {
        byte[] contents = new byte[700_000];
        new Random(3).nextBytes(contents);
        Path file = Files.write(scene.guest.resolve("f"), bytes("old"));
        TestAnswer first = part(file, contents, 0, 300_000);
        assertThat(first.status()).as(first.text()).isEqualTo(202);
        assertThat(first.header("Upload-Offset")).isEqualTo("300000");
        assertThat(Files.readString(file)).isEqualTo("old");

        assertThat(part(file, contents, 400_000, 700_000).code()).isEqualTo("upload_offset");
        scene.server.restart();
        String upload = FILES + "/uploads/upload-1" + query(file);
        assertThat(scene.admin.get(upload).json().path("offset").asInt()).isEqualTo(300_000);

        TestAnswer last = part(file, contents, 300_000, 700_000);
        assertThat(last.status()).as(last.text()).isEqualTo(200);
        assertThat(last.json().path("complete").asBoolean()).isTrue();
        assertThat(Files.readAllBytes(file)).isEqualTo(contents);
        assertThat(scene.admin.get(upload).code()).isEqualTo("file_not_found");
        assertThat(names(scene.guest)).containsExactly("f");
    }

    @Test
    void partsThatAreNotWhatTheyWereAreFoundOut() throws Exception {
        byte[] contents = new byte[200_000];
        new Random(4).nextBytes(contents);
        Path file = scene.guest.resolve("f");
        part(file, contents, 0, 100_000);
        byte[] other = contents.clone();
        other[5]++;

        TestAnswer last = part(file, contents, 100_000, 200_000, "Repr-Digest", digestHeader(other));

        assertThat(last.code()).isEqualTo("digest_mismatch");
        assertThat(names(scene.guest)).isEmpty();
    }

    @Test
    void anUploadIsGivenUp() throws Exception {
        Path file = scene.guest.resolve("f");
        part(file, new byte[100], 0, 50);
        String upload = FILES + "/uploads/upload-1" + query(file);
        assertThat(scene.admin.send("DELETE", upload, request -> {}).status()).isEqualTo(204);
        assertThat(scene.admin.send("DELETE", upload, request -> {}).code()).isEqualTo("file_not_found");
        assertThat(names(scene.guest)).isEmpty();
    }

    private TestAnswer part(Path file, byte[] contents, int from, int to, String... headers) {
        String[] all = Arrays.copyOf(headers, headers.length + 2);
        all[headers.length] = "Content-Range";
        all[headers.length + 1] = "bytes " + from + "-" + (to - 1) + "/" + contents.length;
        return scene.write(file, Arrays.copyOfRange(contents, from, to), UPLOAD, all);
    }

    @Test
    void whatIsTooLargeIsRefused() throws Exception {
        Path file = scene.guest.resolve("f");
        assertThat(scene.write(file, new byte[5_000_001], "").code()).isEqualTo("payload_too_large");
        TestAnswer unannounced = scene.admin.send(
                "PUT",
                FILES + query(file),
                request -> request.method(
                        "PUT", BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(new byte[5_500_000]))));
        assertThat(unannounced.code()).isEqualTo("payload_too_large");
        assertThat(names(scene.guest)).isEmpty();
    }

    @Test
    void aBodyOfUnknownLengthIsWritten() throws Exception {
        Path file = scene.guest.resolve("f");
        TestAnswer answer = scene.admin.send(
                "PUT",
                FILES + query(file),
                request -> request.method(
                        "PUT", BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(bytes("unannounced")))));
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        assertThat(Files.readString(file)).isEqualTo("unannounced");
    }

    @Test
    void theAuditTrailHasPathSizeAndDigestAndNoContents() throws Exception {
        Path file = scene.guest.resolve("f");
        scene.write(file, bytes("hunter2"), "");
        scene.read(file);

        String trail = scene.admin.get("/api/v2/audit?limit=100").text();

        String digest = HexFormat.of().formatHex(FileScene.sha256(bytes("hunter2")));
        assertThat(trail).contains("file.write").contains("file.read");
        assertThat(trail).contains(" 7 bytes sha256:" + digest);
        assertThat(trail).doesNotContain("hunter2");
    }
}

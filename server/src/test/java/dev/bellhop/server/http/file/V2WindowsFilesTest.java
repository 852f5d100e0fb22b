// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.file;

import static dev.bellhop.server.http.file.FileScene.FILES;
import static dev.bellhop.server.http.file.FileScene.bytes;
import static dev.bellhop.server.http.file.FileScene.encoded;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.Json;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.file.FileSettings;
import dev.bellhop.server.file.windows.FakeWindows;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Files of a guest that behaves as a Windows is known to: its agent by its source, its PowerShell by what the scripts mean. */
@Timeout(120)
@Tag("real")
class V2WindowsFilesTest {
    @TempDir
    private Path folder;

    private Path drive;
    private FakeWindows windows;
    private FileScene scene;

    @BeforeEach
    void start() throws Exception {
        drive = Files.createDirectory(folder.resolve("c"));
        windows = new FakeWindows(folder.resolve("w.sock"), drive);
        scene = new FileScene(
                folder,
                TestServer.in(folder)
                        .vm(1, windows.agent.socket())
                        .files(new FileSettings(10_000_000, null, 1))
                        .start());
    }

    @AfterEach
    void stop() {
        scene.close();
        windows.close();
    }

    private static String query(String path) {
        return "?path=" + encoded(bytes(path));
    }

    private TestAnswer send(String method, String path, byte[] body, String more, String... headers) {
        return send(scene.admin, method, path, body, more, headers);
    }

    private static TestAnswer send(
            TestClient client, String method, String path, byte[] body, String more, String... headers) {
        return client.send(method, FILES + query(path) + more, request -> {
            request.method(method, BodyPublishers.ofByteArray(body));
            for (int i = 0; i < headers.length; i += 2) {
                request.header(headers[i], headers[i + 1]);
            }
        });
    }

    private TestAnswer read(String path, String... headers) {
        return send("GET", path, new byte[0], "", headers);
    }

    private TestAnswer write(String path, byte[] body, String more, String... headers) {
        return send("PUT", path, body, more, headers);
    }

    private TestAnswer action(String name, Map<String, Object> body) {
        return scene.admin.post(FILES + "/actions/" + name, Json.mapper().writeValueAsString(body));
    }

    private static void assertCode(TestAnswer answer, String code) {
        assertThat(answer.code()).as(answer.text()).isEqualTo(code);
    }

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    @Test
    void aFileIsReadWithWhatItIs() throws Exception {
        byte[] contents = random(1_000_000);
        Path file = Files.write(drive.resolve("it's [1] ümläut.bin"), contents);
        Files.setLastModifiedTime(file, FileTime.from(Instant.parse("2026-01-31T09:30:00.1234567Z")));

        TestAnswer answer = read("C:\\it's [1] ümläut.bin");

        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo(contents);
        assertThat(answer.header("Content-Length")).isEqualTo("1000000");
        assertThat(answer.header("X-File-Path")).isEqualTo("C:/it%27s%20%5B1%5D%20%C3%BCml%C3%A4ut.bin");
        assertThat(answer.header("X-File-Modified")).isEqualTo("2026-01-31T09:30:00.123456700Z");
        assertThat(answer.header("X-File-Mode")).isEqualTo("0644");
        assertThat(answer.header("Repr-Digest")).isNull();
        assertThat(windows.ran).containsExactly("open");
        assertThat(windows.openFiles()).isZero();

        TestAnswer digested = read("c:/it's [1] ümläut.bin", "Want-Repr-Digest", "sha-256=1");
        assertThat(digested.header("Repr-Digest")).isEqualTo(FileScene.digestHeader(contents));
        assertThat(digested.header("ETag")).isEqualTo(answer.header("ETag"));
        TestAnswer head = scene.admin.send("HEAD", FILES + query("C:/it's [1] ümläut.bin"), request -> {});
        assertThat(head.header("Content-Length")).isEqualTo("1000000");
        assertThat(windows.openFiles()).isZero();
    }

    @Test
    void aPartIsReadAsLongAsTheFileIsTheSame() throws Exception {
        Path file = Files.write(drive.resolve("f"), bytes("0123456789"));
        String etag = String.valueOf(read("C:\\f").header("ETag"));

        TestAnswer part = read("C:\\f", "Range", "bytes=3-5", "If-Range", etag);
        assertThat(part.status()).isEqualTo(206);
        assertThat(part.text()).isEqualTo("345");

        Files.write(file, bytes("abcdefghi"));
        assertThat(read("C:\\f", "Range", "bytes=3-5", "If-Range", etag).text()).isEqualTo("abcdefghi");
    }

    @Test
    void aFileIsWrittenAndReplacedAndNothingElseIsLeft() throws Exception {
        byte[] contents = random(700_000);
        TestAnswer made = write("C:\\dir\\f", contents, "");
        assertCode(made, "file_not_found");
        Files.createDirectory(drive.resolve("dir"));

        made = write("C:\\dir\\f", contents, "&mode=0600");

        assertThat(made.status()).as(made.text()).isEqualTo(201);
        assertThat(Files.readAllBytes(drive.resolve("dir/f"))).isEqualTo(contents);
        assertThat(made.json().path("file").path("path").asString()).isEqualTo("C:/dir/f");
        assertThat(made.header("Repr-Digest")).isEqualTo(FileScene.digestHeader(contents));
        assertThat(windows.ran).containsSubsequence("begin", "commit").doesNotContain("find");

        TestAnswer again = write("C:/dir/f", bytes("second"), "&mtime=2026-01-31T09:30:00Z");
        assertThat(again.status()).as(again.text()).isEqualTo(200);
        assertThat(Files.readString(drive.resolve("dir/f"))).isEqualTo("second");
        assertThat(Files.getLastModifiedTime(drive.resolve("dir/f")).toInstant())
                .isEqualTo(Instant.parse("2026-01-31T09:30:00Z"));
        assertThat(FileScene.names(drive.resolve("dir"))).containsExactly("f");
        assertThat(windows.openFiles()).isZero();
    }

    @Test
    void conditionsAreThoseOfTheGuest() throws Exception {
        Files.write(drive.resolve("f"), bytes("old"));
        String etag = String.valueOf(read("C:\\f").header("ETag"));
        assertThat(write("C:\\f", bytes("x"), "", "If-None-Match", "*").status())
                .isEqualTo(412);
        assertThat(write("C:\\f", bytes("x"), "", "If-Match", "\"other\"").status())
                .isEqualTo(412);
        assertThat(write("C:\\f", bytes("new"), "", "If-Match", etag).status()).isEqualTo(200);
        assertThat(write("C:\\f", bytes("x"), "", "If-Match", etag).status()).isEqualTo(412);
        assertThat(write("C:\\f", bytes("x"), "", "Content-Digest", FileScene.digestHeader(bytes("y")))
                        .code())
                .isEqualTo("digest_mismatch");
        assertThat(Files.readString(drive.resolve("f"))).isEqualTo("new");
        assertThat(FileScene.names(drive)).containsExactly("f");

        // Somebody is faster, between the look at the beginning and the one at the end.
        windows.tells(told -> {
            if (windows.ran.getLast().equals("begin")) {
                try {
                    Files.write(drive.resolve("f"), bytes("faster"));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
            return told;
        });
        assertThat(write(
                                "C:\\f",
                                bytes("x"),
                                "",
                                "If-Match",
                                String.valueOf(read("C:\\f").header("ETag")))
                        .code())
                .isEqualTo("precondition_failed");
        assertThat(Files.readString(drive.resolve("f"))).isEqualTo("faster");
        assertThat(FileScene.names(drive)).containsExactly("f");
    }

    @Test
    void anUploadGoesOnWhereItBrokeOff() throws Exception {
        byte[] all = random(500_000);
        String upload = "&upload=upload-1";
        TestAnswer part = write("C:\\f", Arrays.copyOf(all, 200_000), upload, "Content-Range", "bytes 0-199999/500000");
        assertThat(part.status()).as(part.text()).isEqualTo(202);
        assertThat(drive.resolve("f")).doesNotExist();
        assertThat(scene.admin
                        .get(FILES + "/uploads/upload-1" + query("C:\\f"))
                        .json()
                        .path("offset")
                        .asLong())
                .isEqualTo(200_000);

        TestAnswer rest = write(
                "C:\\f",
                Arrays.copyOfRange(all, 200_000, 500_000),
                upload,
                "Content-Range",
                "bytes 200000-499999/500000",
                "Repr-Digest",
                FileScene.digestHeader(all));
        assertThat(rest.status()).as(rest.text()).isEqualTo(201);
        assertThat(Files.readAllBytes(drive.resolve("f"))).isEqualTo(all);
        assertThat(FileScene.names(drive)).containsExactly("f");

        write("C:\\g", bytes("begun"), "&upload=upload-2", "Content-Range", "bytes 0-4/10");
        assertThat(scene.admin
                        .send("DELETE", FILES + "/uploads/upload-2" + query("C:\\g"), request -> {})
                        .status())
                .isEqualTo(204);
        assertThat(FileScene.names(drive)).containsExactly("f");
        assertCode(scene.admin.get(FILES + "/uploads/upload-2" + query("C:\\g")), "file_not_found");
    }

    @Test
    void aChangeOfAnotherStateIsRefused() throws Exception {
        Path file = Files.write(drive.resolve("f"), bytes("old"));
        String stale = String.valueOf(read("C:\\f").header("ETag"));
        Files.write(file, bytes("newer"));
        assertCode(delete("C:\\f", stale), "precondition_failed");

        // A program in the guest writes between the look and the change.
        String seen = String.valueOf(read("C:\\f").header("ETag"));
        windows.tells(told -> {
            if (windows.ran.getLast().equals("find")) {
                try {
                    Files.write(file, bytes("faster"));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
            return told;
        });
        assertCode(delete("C:\\f", seen), "precondition_failed");
        assertThat(windows.ran).containsSubsequence("find", "delete");
        assertThat(file).hasContent("faster");

        windows.tells(told -> told);
        assertCode(
                scene.admin.send(
                        "POST",
                        FILES + "/actions/rename",
                        request -> request.method(
                                        "POST", BodyPublishers.ofString("{\"path\": \"C:/f\", \"to\": \"C:/g\"}"))
                                .header("Content-Type", "application/json")
                                .header("If-Match", seen)),
                "precondition_failed");
        assertThat(delete("C:\\f", String.valueOf(read("C:\\f").header("ETag"))).status())
                .isEqualTo(204);
        assertThat(file).doesNotExist();
        Files.createDirectory(drive.resolve("dir"));
        String etag = scene.admin
                .get(FILES + "/stat" + query("C:\\dir"))
                .json()
                .path("etag")
                .asString();
        assertThat(delete("C:\\dir", etag).status()).isEqualTo(204);
    }

    /** A log that grows all the time can still be deleted. */
    @Test
    void aConditionThatTheNextStateMeetsAsWellIsCheckedAgain() throws Exception {
        Path file = Files.write(drive.resolve("f"), bytes("1"));
        AtomicInteger times = new AtomicInteger();
        windows.tells(told -> {
            if (windows.ran.getLast().equals("find") && times.incrementAndGet() <= 2) {
                try {
                    Files.write(file, bytes("12".repeat(times.get())));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
            return told;
        });
        assertThat(delete("C:\\f", "*").status()).isEqualTo(204);
        assertThat(file).doesNotExist();
        assertThat(windows.ran).containsExactly("find", "delete", "find", "delete", "find", "delete");
    }

    @Test
    void aHeadOfATreeIsRefusedAsTheTreeIs() {
        TestAnswer head = scene.admin.send("HEAD", FILES + "/tree" + query("C:\\"), request -> {});
        assertThat(head.status())
                .isEqualTo(scene.admin.get(FILES + "/tree" + query("C:\\")).status())
                .isEqualTo(409);
    }

    private TestAnswer delete(String path, String etag) {
        return send("DELETE", path, new byte[0], "", "If-Match", etag);
    }

    @Test
    void anAgentThatIsLostInTheMiddleLeavesNothingUnderTheName() throws Exception {
        Files.write(drive.resolve("f"), bytes("old"));
        AtomicInteger pieces = new AtomicInteger();
        windows.agent.on("guest-file-write", (request, wire) -> {
            pieces.incrementAndGet();
            wire.hangUp();
        });
        assertThat(write("C:\\f", random(300_000), "").status()).isGreaterThanOrEqualTo(400);
        assertThat(pieces).hasPositiveValue();
        assertThat(Files.readString(drive.resolve("f"))).isEqualTo("old");
        assertThat(write("C:\\new", random(300_000), "").status()).isGreaterThanOrEqualTo(400);
        assertThat(drive.resolve("new")).doesNotExist();
    }

    @Test
    void anAgentThatWasRestartedKnowsTheFileNoMore() throws Exception {
        Files.write(drive.resolve("f"), bytes("old"));
        windows.agent.on(
                "guest-file-write", (request, wire) -> wire.error("GenericError", "handle '1001' has not been found"));
        assertCode(write("C:\\f", bytes("new"), ""), "file_changed");
        assertThat(Files.readString(drive.resolve("f"))).isEqualTo("old");
    }

    @Test
    void whatTheGuestHasOfItIsComparedWithWhatWasSent() throws Exception {
        // Its disk has lost something, or somebody in the guest has written to the part.
        windows.agent.on("guest-file-flush", (request, wire) -> {
            try (var parts = Files.newDirectoryStream(drive, "*.part")) {
                Files.write(parts.iterator().next(), bytes("evil!!"));
            }
            wire.reply("{}");
        });
        assertCode(write("C:\\f", bytes("honest"), ""), "digest_mismatch");
        assertThat(drive.resolve("f")).doesNotExist();
        assertThat(FileScene.names(drive)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "ok",
                "ok\0",
                "ok\0f 1 2 3\0\0",
                "ok\0f 5 0 0 0\0zz\0",
                "what\0f 5 0 0 0\0",
                "ok\0d 0 0 0 0\0\0"
            })
    void whatPowerShellDoesNotSayIsNotBelieved(String told) throws Exception {
        Files.write(drive.resolve("f"), bytes("hello"));
        windows.tells(before -> told);
        assertCode(read("C:\\f", "Want-Repr-Digest", "sha-256=1"), "not_supported");
        assertCode(write("C:\\f", bytes("x"), ""), "not_supported");
        assertThat(Files.readString(drive.resolve("f"))).isEqualTo("hello");
        assertThat(windows.openFiles()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"..", ".", "", "a/b", "a\\b"})
    void aNameThatLeadsElsewhereIsNotBelieved(String name) throws Exception {
        windows.tells(told -> "ok\0" + name + "\0f 1 0 0 0\0");
        assertCode(scene.admin.get(FILES + "/list" + query("C:\\")), "not_supported");
    }

    @Test
    void anAnswerOfAnotherDigestIsNoSuccess() {
        windows.tells(told ->
                windows.ran.getLast().equals("commit") ? told.replaceFirst("[0-9a-f]{64}", "ab".repeat(32)) : told);
        assertCode(write("C:\\f", bytes("x"), ""), "not_supported");
    }

    @Test
    void anAnswerOfAnotherSizeIsNoSuccess() {
        windows.tells(told -> windows.ran.getLast().equals("commit") ? told.replaceFirst("f 1 ", "f 2 ") : told);
        assertCode(write("C:\\f", bytes("x"), ""), "not_supported");
    }

    @Test
    void aFolderIsNotReadAsAFile() throws Exception {
        Files.write(drive.resolve("f"), bytes("hello"));
        windows.tells(told -> told.replaceFirst("\0f 5", "\0d 0"));
        assertCode(read("C:\\f"), "not_supported");
        assertThat(windows.openFiles()).isZero();
    }

    @Test
    void aCursorThatIsNoNameIsRefused() {
        TestAnswer answer = scene.admin.get(FILES + "/list" + query("C:\\") + "&cursor=" + "eHh4".repeat(400));
        assertCode(answer, "invalid_field");
        assertThat(windows.ran).isEmpty();
    }

    @Test
    void whatIsInAFolderIsListedInPages() throws Exception {
        for (String name : new String[] {"b", "a'’", "Zed", "values", "Values"}) {
            Files.write(drive.resolve(name), bytes(name));
        }
        Files.createDirectory(drive.resolve("sub"));
        Files.createSymbolicLink(drive.resolve("link"), Path.of("b"));
        Files.setPosixFilePermissions(drive.resolve("b"), PosixFilePermissions.fromString("r--r--r--"));

        JsonNode first =
                scene.admin.get(FILES + "/list" + query("C:\\") + "&limit=3").json();
        assertThat(names(first)).containsExactly("Values", "Zed", "a'’");
        JsonNode rest = scene.admin
                .get(FILES + "/list" + query("C:\\") + "&cursor="
                        + first.path("nextCursor").asString())
                .json();
        assertThat(names(rest)).containsExactly("b", "link", "sub", "values");
        assertThat(rest.has("nextCursor")).isFalse();
        JsonNode items = rest.path("items");
        assertThat(items.get(0).path("mode").asString()).isEqualTo("0444");
        assertThat(items.get(1).path("kind").asString()).isEqualTo("symlink");
        assertThat(items.get(1).has("target")).isFalse();
        assertThat(items.get(2).path("kind").asString()).isEqualTo("directory");
        assertCode(scene.admin.get(FILES + "/list" + query("C:\\b")), "not_directory");
        assertCode(scene.admin.get(FILES + "/list" + query("C:\\link")), "not_supported");
    }

    private static List<String> names(JsonNode page) {
        return page.path("items")
                .valueStream()
                .map(each -> each.path("name").asString())
                .toList();
    }

    @Test
    void foldersAreMadeFilesRenamedAndDeleted() throws Exception {
        assertCode(action("mkdir", Map.of("path", "C:\\a\\b")), "file_not_found");
        assertThat(action("mkdir", Map.of("path", "C:\\a\\b", "parents", true)).status())
                .isEqualTo(204);
        assertCode(action("mkdir", Map.of("path", "C:\\a")), "file_exists");
        Files.write(drive.resolve("a/f"), bytes("f"));
        Files.write(drive.resolve("a/g"), bytes("g"));

        assertCode(action("rename", Map.of("path", "C:\\a\\f", "to", "C:\\a\\g")), "file_exists");
        assertCode(action("rename", Map.of("path", "C:\\a\\f", "to", "C:\\a\\b", "overwrite", true)), "file_exists");
        assertCode(action("rename", Map.of("path", "C:\\a\\f", "to", "D:\\f")), "guest_refused");
        assertCode(action("rename", Map.of("path", "C:\\a\\f", "to", "/f")), "invalid_field");
        assertCode(action("rename", Map.of("path", "C:\\a\\f", "to", "C:\\a\\NUL")), "invalid_field");
        assertThat(action("rename", Map.of("path", "C:\\a\\f", "to", "C:/a/g", "overwrite", true))
                        .status())
                .isEqualTo(204);
        assertThat(Files.readString(drive.resolve("a/g"))).isEqualTo("f");

        assertCode(send("DELETE", "C:\\a", new byte[0], ""), "directory_not_empty");
        assertCode(send("DELETE", "C:\\a", new byte[0], "&recursive=true"), "not_supported");
        assertThat(send("DELETE", "C:\\a\\g", new byte[0], "").status()).isEqualTo(204);
        assertThat(send("DELETE", "C:\\a\\b", new byte[0], "").status()).isEqualTo(204);
        assertThat(send("DELETE", "C:\\a\\b", new byte[0], "").code()).isEqualTo("file_not_found");
        assertThat(FileScene.names(drive.resolve("a"))).isEmpty();
    }

    @Test
    void aLinkIsToldOfAndNotFollowed() throws Exception {
        Files.createDirectory(drive.resolve("d"));
        Files.createSymbolicLink(drive.resolve("junction"), Path.of("d"));
        TestAnswer followed = scene.admin.get(FILES + "/stat" + query("C:\\junction"));
        assertCode(followed, "not_supported");
        assertThat(followed.text()).contains("it is a link");
        JsonNode itself = scene.admin
                .get(FILES + "/stat" + query("C:\\junction") + "&follow=false")
                .json();
        assertThat(itself.path("kind").asString()).isEqualTo("symlink");
        assertThat(scene.admin
                        .get(FILES + "/stat" + query("C:\\d"))
                        .json()
                        .path("kind")
                        .asString())
                .isEqualTo("directory");

        // In the middle of a path it leads where it leads.
        assertThat(action("mkdir", Map.of("path", "C:\\junction\\a\\b", "parents", true))
                        .status())
                .isEqualTo(204);
        assertThat(drive.resolve("d/a/b")).isDirectory();
        assertCode(action("mkdir", Map.of("path", "C:\\junction", "parents", true)), "not_supported");
        Files.write(drive.resolve("f"), bytes("f"));
        assertCode(action("mkdir", Map.of("path", "C:\\f\\a", "parents", true)), "file_exists");
    }

    @Test
    void whatWindowsWouldRefuseInTheEndIsRefusedBeforeTheBytesAreSent() {
        assertCode(write("C:\\f", bytes("x"), "&owner=root"), "not_supported");
        for (String time : new String[] {"1600-12-31T23:59:59Z", "%2B10000-01-01T00:00:00Z"}) {
            TestAnswer answer = write("C:\\f", bytes("x"), "&mtime=" + time);
            assertCode(answer, "invalid_field");
            assertThat(answer.json().path("errors").get(0).path("parameter").asString())
                    .isEqualTo("mtime");
        }
        assertThat(windows.ran).isEmpty();
        assertThat(write("C:\\f", bytes("x"), "&mtime=1601-01-02T00:00:00Z").status())
                .isEqualTo(201);
    }

    @Test
    void aPathThatIsNoneIsPointedAtWhereItWasSent() {
        assertThat(read("C:\\NUL").json().at("/errors/0/parameter").asString()).isEqualTo("path");
        assertThat(pointer(action("mkdir", Map.of("path", "C:\\NUL")))).isEqualTo("/path");
        assertThat(pointer(action("mkdir", Map.of("path", "C:\\NUL\\a", "parents", true))))
                .isEqualTo("/path");
        assertThat(pointer(action("rename", Map.of("path", "C:\\NUL", "to", "C:\\f"))))
                .isEqualTo("/path");
        assertThat(pointer(action("rename", Map.of("path", "C:\\f", "to", "C:\\NUL"))))
                .isEqualTo("/to");
        assertThat(pointer(action("rename", Map.of("path", "C:\\f", "to", "/f"))))
                .isEqualTo("/to");
        assertThat(pointer(action("rename", Map.of("path", "/f", "to", "C:\\f"))))
                .isEqualTo("/path");
    }

    private static String pointer(TestAnswer answer) {
        assertCode(answer, "invalid_field");
        return answer.json().path("errors").get(0).path("pointer").asString();
    }

    @Test
    void theCaseOfANameMayChangeAlone() throws Exception {
        Files.write(drive.resolve("f"), bytes("f"));
        assertCode(action("rename", Map.of("path", "C:\\f", "to", "C:\\f")), "file_exists");
        assertThat(action("rename", Map.of("path", "C:\\f", "to", "C:\\F")).status())
                .isEqualTo(204);
        assertThat(FileScene.names(drive)).containsExactly("F");
    }

    @Test
    void nothingIsMovedBeyondAJunctionWhereItWouldBeCopied() throws Exception {
        Files.createDirectory(drive.resolve("volume"));
        Files.createSymbolicLink(drive.resolve("mounted"), Path.of("volume"));
        Files.write(drive.resolve("f"), bytes("f"));
        Files.write(drive.resolve("volume/g"), bytes("g"));
        for (String[] way : new String[][] {{"C:\\f", "C:\\mounted\\f"}, {"C:\\mounted\\g", "C:\\g"}}) {
            TestAnswer answer = action("rename", Map.of("path", way[0], "to", way[1], "overwrite", true));
            assertCode(answer, "guest_refused");
            assertThat(answer.text()).contains("a junction, a link or another volume");
        }
        assertThat(action("rename", Map.of("path", "C:\\mounted\\g", "to", "C:\\mounted\\h"))
                        .status())
                .isEqualTo(204);
        assertThat(FileScene.names(drive.resolve("volume"))).containsExactly("h");
    }

    @Test
    void whatWindowsGuestsCannotDoIsRefusedInPlainWords() throws Exception {
        Files.write(drive.resolve("f"), bytes("f"));
        Files.createDirectory(drive.resolve("d"));
        Files.createSymbolicLink(drive.resolve("link"), Path.of("f"));
        assertCode(action("chmod", Map.of("path", "C:\\f", "mode", "0600")), "not_supported");
        assertCode(action("chown", Map.of("path", "C:\\f", "owner", "x")), "not_supported");
        assertCode(scene.admin.get(FILES + "/tree" + query("C:\\d")), "not_supported");
        assertCode(
                scene.admin.send(
                        "PUT",
                        FILES + "/tree" + query("C:\\d"),
                        request -> request.method("PUT", BodyPublishers.ofByteArray(new byte[1024]))),
                "not_supported");
        assertCode(write("C:\\f", bytes("x"), "&owner=x"), "not_supported");
        assertCode(read("C:\\link"), "not_supported");
        assertCode(write("C:\\link", bytes("x"), ""), "not_supported");
        assertCode(read("C:\\d"), "is_directory");
        assertCode(write("C:\\d", bytes("x"), ""), "is_directory");
        assertCode(read("C:\\none"), "file_not_found");
        assertCode(read("C:\\none\\none"), "file_not_found");
        assertThat(Files.readString(drive.resolve("f"))).isEqualTo("f");
        assertThat(windows.openFiles()).isZero();
    }

    @Test
    void aFileThatIsInUseSaysSo() throws Exception {
        Files.write(drive.resolve("f"), bytes("f"));
        windows.agent.on(
                "guest-file-open",
                (request, wire) -> wire.error("GenericError", "failed to open file: Zugriff verweigert"));
        TestAnswer answer = read("C:\\f");
        assertCode(answer, "guest_refused");
        assertThat(answer.text())
                .contains("a program in the guest may have it open")
                .doesNotContain("Zugriff");
        // Its place among the transfers, of which there is one, is free again.
        assertCode(read("C:\\f"), "guest_refused");
        windows.tells(told -> "no\0win32\080070020\0");
        assertThat(send("DELETE", "C:\\f", new byte[0], "").text()).contains("a program in the guest has it open");
        windows.tells(told -> "no\0win32\0evil\0");
        assertCode(send("DELETE", "C:\\f", new byte[0], ""), "guest_refused");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "C:\\a\\..\\b",
                "C:\\f:stream",
                "C:\\NUL",
                "C:\\f.",
                "C:\\f ",
                "C:\\a\\\\b",
                "C:\\a*",
                "C:\\a\u0007"
            })
    void whatWindowsTakesForSomethingElseIsNotSent(String path) {
        TestAnswer answer = read(path);
        assertCode(answer, "invalid_field");
        assertThat(answer.text()).contains("such as C:\\\\dir\\\\file");
        assertCode(write(path, bytes("x"), ""), "invalid_field");
        assertCode(send("DELETE", path, new byte[0], ""), "invalid_field");
        assertThat(windows.ran).isEmpty();
    }

    @Test
    void aPathWithoutADriveSaysWhichFormItTakes() {
        TestAnswer answer = read("/etc/hostname");
        assertCode(answer, "not_supported");
        assertThat(answer.text()).contains("a path of a Windows guest such as C:\\\\dir\\\\file");
    }

    @Test
    void aKeyThatIsLimitedToFoldersReachesNothing() throws Exception {
        Files.write(drive.resolve("f"), bytes("f"));
        for (String prefix : new String[] {"/srv", "/C:", "/c"}) {
            TestClient limited = scene.within(Path.of(prefix), "write");
            TestAnswer answer = send(limited, "GET", "C:\\f", new byte[0], "");
            assertCode(answer, "policy_refused");
            assertThat(answer.json().path("rule").asString()).isEqualTo("files");
            assertThat(answer.text()).contains("limits this key to some directories, and in a Windows guest");
            assertCode(send(limited, "PUT", "C:\\f", bytes("x"), ""), "policy_refused");
            assertCode(send(limited, "DELETE", "C:\\f", new byte[0], ""), "policy_refused");
            assertCode(limited.get(FILES + "/list" + query("C:\\")), "policy_refused");
        }
        assertThat(send(scene.limited("{\"onlySavedCommands\": true}"), "GET", "C:\\f", new byte[0], "")
                        .code())
                .isEqualTo("policy_refused");
        assertThat(windows.ran).isEmpty();

        TestClient reader = scene.within(Path.of("/"), "read");
        assertThat(send(reader, "GET", "C:\\f", new byte[0], "").text()).isEqualTo("f");
        assertCode(send(reader, "PUT", "C:\\f", bytes("x"), ""), "policy_refused");
        assertThat(Files.readString(drive.resolve("f"))).isEqualTo("f");
    }

    @Test
    void scopeTenantAndTrailAreThoseOfAllFiles() throws Exception {
        Files.write(drive.resolve("f"), bytes("hunter2"));
        String owner = scene.server.makeAccount("owner", 1);
        String other = scene.server.makeAccount("other");
        assertThat(send(scene.server.tenant(other, "files:vm"), "GET", "C:\\f", new byte[0], "")
                        .code())
                .isEqualTo("not_found");
        assertThat(send(scene.server.tenant(owner, "write:vm"), "GET", "C:\\f", new byte[0], "")
                        .code())
                .isEqualTo("forbidden");
        assertThat(send(scene.server.tenant(owner, "files:vm"), "GET", "C:\\f", new byte[0], "")
                        .text())
                .isEqualTo("hunter2");
        write("C:\\g", bytes("hunter2"), "");

        String trail = scene.admin.get("/api/v2/audit?limit=100").text();

        assertThat(trail)
                .contains("C:/f 7 bytes sha256:")
                .contains("C:/g 7 bytes sha256:")
                .doesNotContain("hunter2");
        assertCode(write("C:\\h", new byte[10_000_001], ""), "payload_too_large");
    }

    @Test
    void aGuestWithoutWindowsHasNoSuchPaths() throws Exception {
        try (FileScene linux = new FileScene(
                Files.createDirectory(folder.resolve("linux")),
                TestServer.in(folder.resolve("linux")).realAgent(1).start())) {
            TestAnswer answer = linux.admin.get(FILES + query("C:\\f"));
            assertCode(answer, "invalid_field");
            assertThat(answer.text()).contains("A path that begins with a slash");
            assertThat(pointer(linux.admin.post(FILES + "/actions/mkdir", "{\"path\": \"C:/f\"}")))
                    .isEqualTo("/path");
            assertThat(pointer(linux.admin.post(FILES + "/actions/rename", "{\"path\": \"/f\", \"to\": \"C:/f\"}")))
                    .isEqualTo("/to");
        }
    }
}

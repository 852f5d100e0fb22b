// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.file;

import static dev.bellhop.server.http.file.FileScene.FILES;
import static dev.bellhop.server.http.file.FileScene.bytes;
import static dev.bellhop.server.http.file.FileScene.query;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.Json;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Conditions of reads, uploads and changes of files (RFC 9110, section 13). */
@Timeout(120)
@Tag("real")
class V2FileConditionsTest {
    private static final String BEFORE = "Sat, 01 Jan 2000 00:00:00 GMT";
    private static final Instant MODIFIED = Instant.parse("2020-06-07T08:09:10.500Z");
    private static final String THEN = "Sun, 07 Jun 2020 08:09:10 GMT";

    @TempDir
    private Path folder;

    private FileScene scene;
    private Path file;
    private Path moved;

    @BeforeEach
    void start() throws Exception {
        scene = new FileScene(folder);
        moved = scene.guest.resolve("moved");
        file = Files.write(scene.guest.resolve("f"), bytes("old"));
        FileScene.setMode(file, 0644);
        Files.setLastModifiedTime(file, FileTime.from(MODIFIED));
    }

    @AfterEach
    void stop() {
        scene.close();
    }

    private TestAnswer action(TestClient client, String name, Map<String, Object> body, String... headers) {
        return client.send("POST", FILES + "/actions/" + name, request -> {
            request.method("POST", BodyPublishers.ofString(Json.mapper().writeValueAsString(body)));
            request.header("Content-Type", "application/json");
            for (int i = 0; i < headers.length; i += 2) {
                request.header(headers[i], headers[i + 1]);
            }
        });
    }

    private TestAnswer chmod(String mode, String... headers) {
        return action(scene.admin, "chmod", Map.of("path", file.toString(), "mode", mode), headers);
    }

    private TestAnswer chown(String owner, String... headers) {
        return action(scene.admin, "chown", Map.of("path", file.toString(), "owner", owner), headers);
    }

    private TestAnswer rename(String... headers) {
        return action(scene.admin, "rename", Map.of("path", file.toString(), "to", moved.toString()), headers);
    }

    private TestAnswer delete(Path path, String... headers) {
        return delete(scene.admin, path, headers);
    }

    private static TestAnswer delete(TestClient client, Path path, String... headers) {
        return client.send("DELETE", FILES + query(path), request -> {
            for (int i = 0; i < headers.length; i += 2) {
                request.header(headers[i], headers[i + 1]);
            }
        });
    }

    private String etag(Path path) {
        return scene.admin
                .get(FILES + "/stat" + query(path) + "&follow=false")
                .json()
                .path("etag")
                .asString();
    }

    private void assertNothingIsChangedBy(String... headers) throws Exception {
        for (TestAnswer answer :
                List.of(delete(file, headers), chmod("0600", headers), chown("nobody", headers), rename(headers))) {
            assertThat(answer.status()).as(answer.text()).isEqualTo(412);
            assertThat(answer.code()).isEqualTo("precondition_failed");
        }
        assertThat(FileScene.names(scene.guest)).containsExactly("f");
        assertThat(FileScene.mode(file)).isEqualTo(0644);
        assertThat(Files.getOwner(file).getName()).isEqualTo("root");
    }

    @Test
    void aStaleRequestChangesNothing() throws Exception {
        String stale = etag(file);
        Files.write(file, bytes("newer"));
        assertNothingIsChangedBy("If-Match", stale);
        assertNothingIsChangedBy("If-Match", "\"other\", W/" + etag(file));
        assertThat(file).hasContent("newer");
    }

    @Test
    void aRequestThatKnowsTheStateChangesIt() throws Exception {
        String seen = String.valueOf(scene.read(file).header("ETag"));
        assertThat(chmod("0600", "If-Match", seen).status()).isEqualTo(204);
        assertThat(FileScene.mode(file)).isEqualTo(0600);
        // A mode is a part of the state.
        assertThat(chown("nobody", "If-Match", seen).status()).isEqualTo(412);
        assertThat(chown("nobody", "If-Match", etag(file)).status()).isEqualTo(204);
        assertThat(Files.getOwner(file).getName()).isEqualTo("nobody");
        assertThat(rename("If-Match", "\"other\", " + etag(file)).status()).isEqualTo(204);
        assertThat(moved).hasContent("old");
        assertThat(delete(moved, "If-Match", "*").status()).isEqualTo(204);
        assertThat(FileScene.names(scene.guest)).isEmpty();
    }

    @Test
    void statesCanBeExcluded() throws Exception {
        assertNothingIsChangedBy("If-None-Match", "*");
        assertNothingIsChangedBy("If-None-Match", "\"other\", " + etag(file));
        assertThat(chmod("0600", "If-None-Match", "\"other\"").status()).isEqualTo(204);
        assertThat(FileScene.mode(file)).isEqualTo(0600);
    }

    @Test
    void aTimeCanBeTheCondition() throws Exception {
        assertNothingIsChangedBy("If-Unmodified-Since", BEFORE);
        assertThat(chmod("0600", "If-Unmodified-Since", THEN).status()).isEqualTo(204);
        assertThat(chmod("0640", "If-Unmodified-Since", "yesterday").status()).isEqualTo(204);
        assertThat(chmod("0644", "If-Unmodified-Since", BEFORE, "If-Match", etag(file))
                        .status())
                .isEqualTo(204);
        assertNothingIsChangedBy("If-Unmodified-Since", THEN, "If-Match", "\"other\"");
    }

    /** A request that fails without its conditions fails in the same way with them (RFC 9110, section 13.2.1). */
    @Test
    void whatIsMissingIsNotFound() throws Exception {
        Path none = scene.guest.resolve("none");
        assertThat(delete(none, "If-Match", "*").code()).isEqualTo("file_not_found");
        assertThat(delete(none, "If-None-Match", "*").code()).isEqualTo("file_not_found");
        assertThat(delete(file, "If-Match", "unquoted").code()).isEqualTo("invalid_request");
    }

    @Test
    void aLinkHasAStateOfItsOwn() throws Exception {
        Path link = Files.createSymbolicLink(scene.guest.resolve("link"), Path.of("f"));
        assertThat(delete(link, "If-Match", etag(file)).status()).isEqualTo(412);
        // chmod follows the link.
        assertThat(action(scene.admin, "chmod", Map.of("path", link.toString(), "mode", "0600"), "If-Match", etag(file))
                        .status())
                .isEqualTo(204);
        assertThat(delete(link, "If-Match", etag(link)).status()).isEqualTo(204);
        assertThat(FileScene.names(scene.guest)).containsExactly("f");
    }

    @Test
    void aDirectoryHasAState() throws Exception {
        Path directory = Files.createDirectory(scene.guest.resolve("d"));
        String empty = etag(directory);
        Files.write(directory.resolve("x"), bytes("x"));
        Files.delete(directory.resolve("x"));
        assertThat(delete(directory, "If-Match", empty).status()).isEqualTo(412);
        assertThat(delete(directory, "If-Match", etag(directory)).status()).isEqualTo(204);
    }

    /** The answer to a condition shows a limited key nothing about files outside its directories. */
    @Test
    void aLimitedKeyLearnsNoState() throws Exception {
        Path inside = Files.createDirectory(scene.guest.resolve("inside"));
        TestClient limited = scene.within(inside, "write");
        for (String tag : List.of("*", etag(file), "\"other\"")) {
            assertThat(delete(limited, file, "If-Match", tag).code()).isEqualTo("policy_refused");
        }
        assertThat(file).exists();
    }

    @Test
    void anUploadHasTheSameConditions() throws Exception {
        assertThat(scene.write(file, bytes("x"), "", "If-Unmodified-Since", BEFORE)
                        .status())
                .isEqualTo(412);
        assertThat(scene.write(file, bytes("x"), "", "If-None-Match", "\"a\", " + etag(file))
                        .status())
                .isEqualTo(412);
        assertThat(scene.write(file, bytes("x"), "", "If-None-Match", "*").status())
                .isEqualTo(412);
        assertThat(file).hasContent("old");
        assertThat(scene.write(file, bytes("1"), "", "If-Unmodified-Since", THEN)
                        .status())
                .isEqualTo(200);
        assertThat(scene.write(file, bytes("2"), "", "If-Unmodified-Since", BEFORE, "If-Match", etag(file))
                        .status())
                .isEqualTo(200);
        assertThat(scene.write(file, bytes("3"), "", "If-Unmodified-Since", "32 Jan")
                        .status())
                .isEqualTo(200);
        assertThat(scene.write(file, bytes("4"), "", "If-None-Match", "\"other\"")
                        .status())
                .isEqualTo(200);
        assertThat(file).hasContent("4");
        // A missing file has no time.
        assertThat(scene.write(moved, bytes("new"), "", "If-Unmodified-Since", BEFORE)
                        .status())
                .isEqualTo(201);
    }

    @ParameterizedTest
    @ValueSource(strings = {THEN, "Sunday, 07-Jun-20 08:09:10 GMT", "Sun Jun  7 08:09:10 2020"})
    void aDateHasThreeForms(String date) {
        assertThat(scene.read(file, "If-Modified-Since", date).status()).isEqualTo(304);
        assertThat(scene.read(file, "If-Unmodified-Since", date).status()).isEqualTo(200);
        String earlier = date.replace("08:09:10", "08:09:09");
        assertThat(scene.read(file, "If-Modified-Since", earlier).status()).isEqualTo(200);
        assertThat(scene.read(file, "If-Unmodified-Since", earlier).status()).isEqualTo(412);
    }
}

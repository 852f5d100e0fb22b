// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.file;

import static dev.bellhop.server.http.file.FileScene.FILES;
import static dev.bellhop.server.http.file.FileScene.bytes;
import static dev.bellhop.server.http.file.FileScene.query;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.TestAnswer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The longest paths that Linux has, with each byte as three characters of the query. */
@Timeout(120)
@Tag("real")
class LongPathsTest {
    private static final int MAX_NAME = 255;
    private static final int MAX_PATH = 4095;

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

    private static String name(int bytes) {
        return "\u00e9".repeat(bytes / 2) + "x".repeat(bytes % 2);
    }

    private static int length(Path path) {
        return bytes(path.toString()).length;
    }

    /** Makes folders in the guest, whose last one has a path of so many bytes. */
    private Path folderOf(int length) throws Exception {
        Path path = scene.guest;
        while (length - length(path) > 2 * (MAX_NAME + 1)) {
            path = Files.createDirectory(path.resolve(name(MAX_NAME)));
        }
        path = Files.createDirectory(path.resolve(name((length - length(path)) / 2)));
        path = Files.createDirectory(path.resolve(name(length - length(path) - 1)));
        assertThat(length(path)).isEqualTo(length);
        return path;
    }

    @Test
    void aFileWithTheLongestPathIsWrittenFoundReadAndDeleted() throws Exception {
        Path file = folderOf(MAX_PATH - MAX_NAME - 1).resolve(name(MAX_NAME));
        assertThat(length(file)).isEqualTo(MAX_PATH);

        TestAnswer written = scene.write(file, bytes("hello"), "&mode=0600&mtime=2026-01-31T09:30:00Z");
        assertThat(written.status()).as(written.text()).isEqualTo(201);
        assertThat(file).hasContent("hello");
        TestAnswer found = scene.admin.get(FILES + "/stat" + query(file));
        assertThat(found.status()).as(found.text()).isEqualTo(200);
        assertThat(found.json().path("path").asString()).isEqualTo(file.toString());
        TestAnswer read = scene.read(file, "Want-Repr-Digest", "sha-256=5");
        assertThat(read.text()).isEqualTo("hello");
        assertThat(read.header("X-File-Path")).hasSizeGreaterThan(8 * 1024);
        assertThat(scene.admin
                        .get(FILES + "/list" + query(file.getParent()))
                        .json()
                        .path("items"))
                .hasSize(1);
        assertThat(scene.admin
                        .send("DELETE", FILES + query(file), request -> {})
                        .status())
                .isEqualTo(204);
        assertThat(file).doesNotExist();
    }

    /** The temporary name of an upload is longer than its name. */
    @Test
    void aFolderWithoutRoomForAnUploadIsNamed() throws Exception {
        Path file = Files.writeString(folderOf(MAX_PATH - 2).resolve("x"), "there");

        assertThat(scene.read(file).text()).isEqualTo("there");
        TestAnswer refused = scene.write(file, bytes("hello"), "");
        assertThat(refused.code()).isEqualTo("guest_refused");
        assertThat(refused.message()).contains("use a directory with a shorter path");
        assertThat(file).hasContent("there");
        assertThat(FileScene.names(file.getParent())).containsExactly("x");
    }

    @Test
    void aLongerPathIsRefusedWithAReason() {
        Path tooLong = scene.guest.resolve("\u00e9".repeat(2100));
        for (String method : new String[] {"GET", "PUT", "DELETE"}) {
            TestAnswer answer = scene.admin.send(method, FILES + query(tooLong), request -> {});
            assertThat(answer.status()).as(method).isEqualTo(400);
            assertThat(answer.json().at("/errors/0/parameter").asString()).isEqualTo("path");
            assertThat(answer.json().at("/errors/0/detail").asString()).contains("1 to 4095 bytes");
        }

        TestAnswer answer = scene.admin.get(FILES + query(scene.guest.resolve("\u00e9".repeat(3000))));
        assertThat(answer.status()).isEqualTo(414);
        assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(answer.message()).contains("longer than 16384 bytes");
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.file;

import static dev.bellhop.server.http.file.FileScene.FILES;
import static dev.bellhop.server.http.file.FileScene.bytes;
import static dev.bellhop.server.http.file.FileScene.query;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.Json;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Where a policy lets a key go: to what is really within its prefixes, whatever links say. */
@Timeout(120)
@Tag("real")
class FilePolicyTest {
    @TempDir
    private Path folder;

    private FileScene scene;
    private Path www;
    private Path secret;
    private TestClient writer;

    @BeforeEach
    void start() throws Exception {
        scene = new FileScene(folder);
        www = Files.createDirectory(scene.guest.resolve("www"));
        secret = Files.write(scene.guest.resolve("secret"), bytes("secret"));
        Files.createDirectory(scene.guest.resolve("www2"));
        writer = scene.within(www, "write");
    }

    @AfterEach
    void stop() {
        scene.close();
    }

    private void refused(TestAnswer answer) throws IOException {
        assertThat(answer.status()).as(answer.text()).isEqualTo(403);
        assertThat(answer.code()).isEqualTo("policy_refused");
        assertThat(answer.json().path("rule").asString()).isEqualTo("files");
        assertThat(Files.readString(secret)).isEqualTo("secret");
    }

    @Test
    void aKeyReachesWhatIsWithinItsPrefixAndNothingElse() throws Exception {
        Path file = www.resolve("f");
        assertThat(FileScene.write(writer, file, bytes("x"), "").status()).isEqualTo(201);
        assertThat(FileScene.read(writer, file).text()).isEqualTo("x");
        assertThat(writer.get(FILES + "/list" + query(www)).status()).isEqualTo(200);

        refused(FileScene.read(writer, secret));
        refused(FileScene.read(writer, scene.guest.resolve("none")));
        refused(FileScene.read(writer, scene.guest.resolve("www2/f")));
        refused(FileScene.read(writer, Path.of(www + "/../secret")));
        refused(FileScene.read(writer, Path.of(www + "/none/../../secret")));
        refused(FileScene.write(writer, scene.guest.resolve("new"), bytes("x"), ""));
        refused(writer.get(FILES + "/list" + query(scene.guest)));
        refused(writer.get(FILES + "/stat" + query(secret)));
        refused(delete(secret));
        refused(action("chmod", Map.of("path", secret.toString(), "mode", "0777")));
        refused(action("mkdir", Map.of("path", scene.guest + "/d")));
        refused(action("rename", Map.of("path", file.toString(), "to", scene.guest + "/f")));
        refused(action("rename", Map.of("path", secret.toString(), "to", www + "/s")));
        assertThat(FileScene.read(writer, www.resolve("none")).code()).isEqualTo("file_not_found");
    }

    @Test
    void linksThatLeadOutAreRefused() throws Exception {
        Files.createSymbolicLink(www.resolve("link"), secret);
        Files.createSymbolicLink(www.resolve("up"), scene.guest);
        refused(FileScene.read(writer, www.resolve("link")));
        refused(FileScene.write(writer, www.resolve("link"), bytes("x"), ""));
        refused(FileScene.read(writer, www.resolve("up/secret")));
        refused(FileScene.write(writer, www.resolve("up/new"), bytes("x"), ""));
        refused(writer.get(FILES + "/list" + query(www.resolve("up"))));
        refused(delete(www.resolve("up/secret")));
        refused(action("chmod", Map.of("path", www + "/link", "mode", "0777")));
        refused(action("rename", Map.of("path", www + "/up/secret", "to", www + "/s")));
        // The link itself is within.
        assertThat(delete(www.resolve("link")).status()).isEqualTo(204);
        Files.createSymbolicLink(www.resolve("inside"), www.resolve("f"));
        assertThat(FileScene.write(writer, www.resolve("inside"), bytes("x"), "")
                        .status())
                .isEqualTo(201);
    }

    /** Whatever serves the files there may follow it. */
    @Test
    void aLinkIsNotMovedToWhereItLeadsOut() throws Exception {
        Path deep = Files.createDirectories(www.resolve("a/b"));
        Files.createSymbolicLink(deep.resolve("up"), Path.of("../../f"));
        Files.createSymbolicLink(deep.resolve("out"), secret);
        Files.createSymbolicLink(deep.resolve("in"), Path.of("f"));
        refused(action("rename", Map.of("path", deep + "/up", "to", www + "/up")));
        refused(action("rename", Map.of("path", deep + "/out", "to", www + "/out")));
        assertThat(FileScene.names(www)).containsExactly("a");
        assertThat(action("rename", Map.of("path", deep + "/in", "to", www + "/in"))
                        .status())
                .isEqualTo(204);
        // In the place of the directory itself, what is beside it would be what it leads to.
        Path own = Files.createDirectory(scene.guest.resolve("own"));
        writer = scene.limited("{\"files\": [{\"prefix\": \"" + www + "\", \"access\": \"write\"}, {\"prefix\": \""
                + own + "\", \"access\": \"write\"}]}");
        Files.createSymbolicLink(www.resolve("beside"), Path.of("secret"));
        assertThat(delete(own).status()).isEqualTo(204);
        refused(action("rename", Map.of("path", www + "/beside", "to", own.toString())));
    }

    @Test
    void noProgramIsMadeThatRunsAsAnother() throws Exception {
        Path file = Files.write(www.resolve("f"), bytes("x"));
        for (String mode : new String[] {"4755", "2755", "6711", "04755"}) {
            refused(FileScene.write(writer, file, bytes("y"), "&mode=" + mode));
            refused(action("chmod", Map.of("path", file.toString(), "mode", mode)));
        }
        assertThat(file).hasContent("x");
        assertThat(FileScene.names(www)).containsExactly("f");
        assertThat(action("chmod", Map.of("path", file.toString(), "mode", "1755"))
                        .status())
                .isEqualTo(204);
        // The bits of a directory are others.
        Path shared = www.resolve("shared");
        assertThat(action("mkdir", Map.of("path", shared.toString(), "mode", "2775"))
                        .status())
                .isEqualTo(204);
        assertThat(action("chmod", Map.of("path", shared.toString(), "mode", "2770"))
                        .status())
                .isEqualTo(204);
        assertThat(FileScene.mode(shared)).isEqualTo(02770);

        // What replaces one that is there would have its mode.
        FileScene.setMode(file, 04755);
        TestAnswer kept = FileScene.write(writer, file, bytes("y"), "");
        refused(kept);
        assertThat(kept.text()).contains("set-user-ID");
        assertThat(file).hasContent("x");
        assertThat(FileScene.write(scene.admin, file, bytes("y"), "").status()).isEqualTo(200);
        assertThat(FileScene.mode(file)).isEqualTo(04755);
        assertThat(FileScene.write(writer, file, bytes("z"), "&mode=0755").status())
                .isEqualTo(200);
        assertThat(FileScene.mode(file)).isEqualTo(0755);
    }

    /** Only the policy's words tell of a limit: one that leads everywhere is none. */
    @Test
    void thePrefixOfAllIsNoLimit() throws Exception {
        TestClient everywhere = scene.within(Path.of("/"), "write");
        Path file = www.resolve("f");
        assertThat(FileScene.write(everywhere, file, bytes("x"), "&mode=4755").status())
                .isEqualTo(201);
        assertThat(FileScene.mode(file)).isEqualTo(04755);
        assertThat(FileScene.read(everywhere, secret).text()).isEqualTo("secret");
        refused(FileScene.write(scene.within(Path.of("/"), "read"), file, bytes("x"), ""));
    }

    @Test
    void aStrangerSeesNoVmAndATenantHisOwn() throws Exception {
        Path file = Files.write(www.resolve("f"), bytes("x"));
        String owner = scene.server.makeAccount("owner", 1);
        String other = scene.server.makeAccount("other");
        TestClient stranger = scene.server.tenant(other, "files:vm");
        for (String path : new String[] {"", "/stat", "/list"}) {
            assertThat(stranger.get(FILES + path + query(file)).code()).isEqualTo("not_found");
        }
        assertThat(FileScene.write(stranger, file, bytes("y"), "").code()).isEqualTo("not_found");
        assertThat(stranger.send("DELETE", FILES + query(file), request -> {}).code())
                .isEqualTo("not_found");
        assertThat(FileScene.read(scene.server.tenant(owner, "write:vm"), file).code())
                .isEqualTo("forbidden");
        assertThat(FileScene.read(scene.server.tenant(owner, "files:vm"), file).text())
                .isEqualTo("x");
    }

    @Test
    void whoMayReadMayNotWrite() throws Exception {
        TestClient reader = scene.within(www, "read");
        Path file = Files.write(www.resolve("f"), bytes("x"));
        assertThat(FileScene.read(reader, file).text()).isEqualTo("x");
        refused(FileScene.write(reader, file, bytes("y"), ""));
        refused(reader.send("DELETE", FILES + query(file), request -> {}));
    }

    @Test
    void aPolicyWithoutFilesAllowsNone() throws Exception {
        TestClient other = scene.limited("{\"onlySavedCommands\": true}");
        refused(FileScene.read(other, www));
        refused(FileScene.write(other, www.resolve("f"), bytes("y"), ""));
    }

    @Test
    void aPrefixIsAPath() {
        for (String prefix : new String[] {"relative", "/a/../b", "/a/", "/a//b", ""}) {
            TestAnswer answer = scene.admin.post(
                    "/api/v2/keys",
                    Json.mapper()
                            .writeValueAsString(Map.of(
                                    "name",
                                    "n",
                                    "scopes",
                                    List.of("files:vm"),
                                    "policy",
                                    Map.of("files", List.of(Map.of("prefix", prefix, "access", "read"))))));
            assertThat(answer.code()).as(prefix).isEqualTo("invalid_field");
        }
    }

    /** Swaps a file for a link that leads out, over and over, while the file is read and written: nothing ever comes from outside. */
    @Test
    @Tag("full")
    void aLinkThatIsSwappedInMeanwhileLeadsNowhere() throws Exception {
        Path file = www.resolve("f");
        Path sub = Files.createDirectory(www.resolve("sub"));
        Path out = Files.createDirectory(scene.guest.resolve("out"));
        Files.write(out.resolve("f"), bytes("secret"));
        AtomicBoolean goesOn = new AtomicBoolean(true);
        CompletableFuture<Integer> swapper =
                CompletableFuture.supplyAsync(() -> swap(goesOn, file, sub, out), Thread.ofPlatform()::start);
        int swaps;
        int read = 0;
        try {
            for (int i = 0; i < 60 || (read == 0 && i < 600); i++) {
                Path asked = i % 2 == 0 ? file : www.resolve("sub/f");
                TestAnswer answer = FileScene.read(writer, asked);
                assertThat(answer.text()).doesNotStartWith("secret");
                read += answer.status() == 200 ? 1 : 0;
                FileScene.write(writer, asked, bytes("written"), "");
                assertThat(Files.readString(secret)).isEqualTo("secret");
                assertThat(Files.readString(out.resolve("f"))).isEqualTo("secret");
            }
        } finally {
            goesOn.set(false);
            swaps = swapper.get(20, TimeUnit.SECONDS);
        }
        assertThat(swaps).isPositive();
        assertThat(read).isPositive();
        assertThat(FileScene.names(out)).containsExactly("f");
    }

    /** Returns how often. */
    private int swap(AtomicBoolean goesOn, Path file, Path sub, Path out) {
        try {
            Path link = Files.createSymbolicLink(scene.guest.resolve("l1"), secret);
            Path parked = scene.guest.resolve("parked");
            int swaps = 0;
            for (; goesOn.get(); swaps++) {
                Files.write(scene.guest.resolve("plain"), bytes("plain"));
                Files.move(scene.guest.resolve("plain"), file, StandardCopyOption.ATOMIC_MOVE);
                Files.move(link, file, StandardCopyOption.ATOMIC_MOVE);
                Files.createSymbolicLink(link, secret);
                Files.move(sub, parked, StandardCopyOption.ATOMIC_MOVE);
                Files.createSymbolicLink(sub, out);
                Files.delete(sub);
                Files.move(parked, sub, StandardCopyOption.ATOMIC_MOVE);
            }
            return swaps;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private TestAnswer delete(Path path) {
        return writer.send("DELETE", FILES + query(path), request -> {});
    }

    private TestAnswer action(String name, Map<String, Object> body) {
        return writer.post(FILES + "/actions/" + name, Json.mapper().writeValueAsString(body));
    }
}

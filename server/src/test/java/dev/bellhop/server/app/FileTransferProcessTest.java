// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.testkit.Profile;
import dev.bellhop.testkit.RealAgent;
import dev.bellhop.testkit.Seed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Files that are sent to a server in a process of its own, which is killed, or has little memory. */
@Timeout(3600)
@Tag("real")
@Tag("storm")
@Tag("full")
class FileTransferProcessTest {
    private static final String FILES = "/api/v2/vps/1/files";
    private static final int KILLS = Profile.size(3, 60);

    /** In place of a status. */
    private static final int BROKEN = 0;

    private static final int SIZE = 4 << 20;
    private static final int LARGE = 40 << 20;

    @TempDir
    private Path folder;

    @RegisterExtension
    private final Seed seed = Seed.draw();

    private RealAgent agent;
    private Path guest;
    private String configuration = "";

    @BeforeEach
    void start() throws IOException {
        agent = RealAgent.start(Files.createDirectory(folder.resolve("a")));
        guest = Files.createDirectory(folder.resolve("guest")).toRealPath();
        configuration = "hypervisors: [{type: qemu, vms: {1: {agent: " + agent.socket() + "}}}]\n";
    }

    @AfterEach
    void stop() {
        agent.close();
    }

    /** Ends the server at random moments of uploads, each of which is another content throughout. */
    @Test
    void whatIsUnderANameIsOldOrNewWheneverTheServerIsKilled(TestReporter reporter) throws Exception {
        Random random = seed.random();
        Path file = Files.write(guest.resolve("f"), content(0));
        int replaced = 0;
        try (SmallServer server = SmallServer.start(folder, configuration)) {
            int now = 0;
            for (int kill = 1; kill <= KILLS; kill++) {
                TestClient client = server.admin();
                byte[] next = content(kill);
                int version = kill;
                CompletableFuture<Integer> upload = CompletableFuture.supplyAsync(
                        () -> upload(client, file, next, version), Thread.ofPlatform()::start);
                Thread.sleep(random.nextInt(400)); // The moment is what is tried.
                server.kill();
                int status = upload.get(2, TimeUnit.MINUTES);
                assertThat(status).isIn(BROKEN, 200);
                byte[] there = Files.readAllBytes(file);
                if (status == 200) {
                    assertThat(there[0]).as("what was answered").isEqualTo((byte) kill);
                }
                assertThat(there).hasSize(SIZE);
                assertThat(there[0]).isIn((byte) now, (byte) kill);
                assertThat(there).isEqualTo(content(there[0]));
                replaced += there[0] == (byte) kill ? 1 : 0;
                now = there[0];
                server.startAgain();
                awaitAgent(server.admin());
            }
            TestClient client = server.admin();
            assertThat(upload(client, file, content(100), 100)).isEqualTo(200);
            assertThat(Files.readAllBytes(file)).isEqualTo(content(100));
            assertGoesOn(client, file);
        }
        reporter.publishEntry("replaced", replaced + " of " + KILLS);
    }

    /** One that answers a new connection has done with the one before, which may end it. */
    private static void awaitAgent(TestClient client) {
        TestAnswer answer = client.get("/api/v2/vps/1/availability?wait=60");
        assertThat(answer.json().path("availability").asString())
                .as(answer.text())
                .isEqualTo("available");
    }

    /** With the name of the last upload that was killed, or anew. */
    private void assertGoesOn(TestClient client, Path file) throws IOException {
        TestAnswer there = client.get(FILES + "/uploads/upload-" + KILLS + "?path=" + file);
        assertThat(there.status()).as(there.text()).isIn(200, 404);
        int offset = there.status() == 200 ? there.json().path("offset").asInt(-1) : 0;
        assertThat(offset).isBetween(0, SIZE);
        byte[] all = content(KILLS);
        if (offset < SIZE) {
            TestAnswer rest = client.send(
                    "PUT",
                    FILES + "?path=" + file + "&upload=upload-" + KILLS,
                    request -> request.header("Content-Range", "bytes " + offset + "-" + (SIZE - 1) + "/" + SIZE)
                            .method("PUT", BodyPublishers.ofByteArray(Arrays.copyOfRange(all, offset, SIZE))));
            assertThat(rest.status()).as(rest.text()).isEqualTo(200);
            assertThat(Files.readAllBytes(file)).isEqualTo(all);
        }
    }

    private static byte[] content(int version) {
        byte[] bytes = new byte[SIZE];
        Arrays.fill(bytes, (byte) version);
        return bytes;
    }

    /** Returns the status, or that there is none. */
    private static int upload(TestClient client, Path file, byte[] content, int version) {
        try {
            return client.send(
                            "PUT",
                            FILES + "?path=" + file + "&upload=upload-" + version,
                            request -> request.method("PUT", BodyPublishers.ofByteArray(content)))
                    .status();
        } catch (UncheckedIOException e) {
            return BROKEN; // The server is gone.
        }
    }

    @Test
    void aFileAsLargeAsTheHeapPassesBothWays() throws Exception {
        try (SmallServer server = SmallServer.start(folder, configuration, "-Xmx40m")) {
            TestClient client = server.admin();
            byte[] contents = new byte[LARGE];
            new Random(5).nextBytes(contents);
            Path file = guest.resolve("large");
            TestAnswer sent = client.send(
                    "PUT",
                    FILES + "?path=" + file,
                    request -> request.method("PUT", BodyPublishers.ofByteArray(contents)));
            assertThat(sent.status())
                    .as(sent.status() == 201 ? "" : sent.text())
                    .isEqualTo(201);
            assertThat(client.get(FILES + "?path=" + file).body()).isEqualTo(contents);
            assertThat(server.isAlive()).isTrue();
        }
        try (Stream<Path> all = Files.list(guest)) {
            assertThat(all.map(path -> path.getFileName().toString())).containsExactly("large");
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.encryption.GivenKeys;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
@Tag("real")
class V2EncryptionTest {
    private static final String PATH = "/api/v2/encryption";

    @TempDir
    private Path folder;

    @Test
    void rotatesWhileCommandsRun() throws Exception {
        try (TestServer server = TestServer.in(folder).realAgent(1).start()) {
            TestClient client = server.admin();
            long before = client.exec(1, "echo before");
            client.result(1, before);
            Path gate = folder.resolve("gate");
            long across = client.exec(1, "echo first; until [ -e " + gate + " ]; do sleep 0.05; done; echo last");
            long old = client.get(PATH).json().path("primaryKeyId").asLong();

            TestAnswer begun = client.post(PATH + "/actions/rotate", "{}");
            assertThat(begun.status()).isEqualTo(202);
            long key = begun.json().path("primaryKeyId").asLong();
            assertThat(key).isNotEqualTo(old);
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> client.get(PATH).json().path("olderKeyIds").isEmpty());
            Files.createFile(gate);
            client.result(1, across);

            assertThat(Files.readString(server.data().resolve("encryption.keys")))
                    .contains("" + key)
                    .doesNotContain("" + old);
            server.restart();
            assertThat(client.get(PATH).json().path("primaryKeyId").asLong()).isEqualTo(key);
            assertThat(client.result(1, before).data().path("stdout").asString())
                    .isEqualTo("before\n");
            assertThat(client.result(1, across).data().path("stdout").asString())
                    .isEqualTo("first\nlast\n");
            assertThat(client.get("/api/v2/audit").text()).contains("POST " + PATH + "/actions/rotate");
        }
    }

    @Test
    void keysThatWereGivenCannotBeRotated() throws Exception {
        String given;
        try (TestServer other =
                TestServer.in(Files.createDirectory(folder.resolve("other"))).start()) {
            given = Files.readString(other.data().resolve("encryption.keys"));
        }
        try (TestServer server =
                TestServer.in(folder).encryptionKeys(new GivenKeys(given)).start()) {
            TestAnswer refused = server.admin().post(PATH + "/actions/rotate", "{}");

            assertThat(refused.status()).isEqualTo(409);
            assertThat(refused.json().path("code").asString()).isEqualTo("not_supported");
            assertThat(refused.json().path("detail").asString()).contains(GivenKeys.VARIABLE);
            assertThat(server.data().resolve("encryption.keys")).doesNotExist();
        }
    }
}

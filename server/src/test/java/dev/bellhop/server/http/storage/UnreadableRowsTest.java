// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** One row of the database was damaged, so that it cannot be decrypted. Nothing else suffers. */
@Timeout(60)
@Tag("real")
class UnreadableRowsTest {
    @TempDir
    private Path folder;

    private TestServer server;
    private TestClient admin;

    @BeforeEach
    void start() throws Exception {
        server = TestServer.in(folder)
                .realAgent(1)
                .vm(2, folder.resolve("nobody.sock"))
                .start();
        admin = server.admin();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private String ran(String json) {
        TestAnswer ran = admin.post("/api/v2/vps/1/executions?wait=20", json);
        assertThat(ran.json().path("state").asString()).as(ran.text()).isEqualTo("exited");
        return ran.json().path("id").asString();
    }

    private void damage(String sql) throws Exception {
        try (Connection connection = DriverManager.getConnection(
                        "jdbc:sqlite:" + server.data().resolve("bellhop.db"));
                Statement statement = connection.createStatement()) {
            assertThat(statement.executeUpdate(sql)).isPositive();
        }
    }

    @Test
    void aListShowsTheOthersAndWhatIsKnownOfThatOne() throws Exception {
        String first = ran("{\"command\":\"echo first\"}");
        String damaged = ran("{\"command\":\"echo second\"}");
        damage("UPDATE executions SET sealed_command = randomblob(60) WHERE id = '" + damaged + "'");

        TestAnswer list = admin.get("/api/v2/executions");
        assertThat(list.status()).as(list.text()).isEqualTo(200);
        JsonNode items = list.json().path("items");
        assertThat(items.path(0).path("id").asString()).isEqualTo(damaged);
        assertThat(items.path(0).path("state").asString()).isEqualTo("exited");
        assertThat(items.path(0).has("command") || items.path(0).has("argv")).isFalse();
        assertThat(items.path(1).path("id").asString()).isEqualTo(first);
        assertThat(items.path(1).path("command").asString()).isEqualTo("echo first");
        assertThat(admin.get("/api/vm/1/status").data().path("processes").size())
                .isEqualTo(2);

        TestAnswer one = admin.get("/api/v2/executions/" + damaged);
        assertThat(one.status()).isEqualTo(500);
        assertThat(one.json().path("code").asString()).isEqualTo("internal_error");
        assertThat(one.json().path("detail").asString()).contains("cannot be decrypted");
    }

    /** Its output would be shown without what is to be masked in it. */
    @Test
    void oneWhoseSecretsAreNotKnownIsNotShown() throws Exception {
        String id = ran("{\"command\":\"echo $TOKEN\", \"secretEnv\":{\"TOKEN\":\"open sesame\"}}");
        damage("UPDATE executions SET sealed_secret_env = randomblob(60) WHERE id = '" + id + "'");

        assertThat(admin.get("/api/v2/executions").json().path("items").size()).isEqualTo(1);
        assertThat(admin.get("/api/v2/executions/" + id).status()).isEqualTo(500);
        TestAnswer output = admin.get("/api/v2/executions/" + id + "/output?stream=stdout");
        assertThat(output.status()).isEqualTo(500);
        assertThat(output.text()).doesNotContain("sesame");
    }

    @Test
    void theServerStartsAndRunsNothingOfWhatItCannotRead() throws Exception {
        TestAnswer waits = admin.post(
                "/api/v2/vps/2/executions", "{\"command\":\"x\", \"stdin\":\"y\", \"deliveryTimeoutSeconds\":600}");
        String id = waits.json().path("id").asString();
        server.stop();
        damage("UPDATE executions SET sealed_command = randomblob(60) WHERE id = '" + id + "'");
        server.start();

        JsonNode item = admin.get("/api/v2/executions").json().path("items").path(0);
        assertThat(item.path("id").asString()).isEqualTo(id);
        assertThat(item.has("command")).isFalse();
        ran("{\"command\":\"true\"}");
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v1;

import static dev.bellhop.server.app.TestClient.execPath;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What a server has told stays true after it, and what it has started is not forgotten. */
@Tag("real")
class V1RestartTest {
    @TempDir
    private Path folder;

    @Test
    void resultsAndRunningCommandsOutliveTheServer() throws Exception {
        Path release = folder.resolve("release");
        try (TestServer server = TestServer.in(folder).realAgent(1).start()) {
            TestClient client = server.admin();
            String waiting = "while [ ! -e " + release + " ]; do sleep 0.01; done; echo ";
            long finished = client.exec(1, "echo before; exit 4");
            JsonNode before = client.result(1, finished).data();
            long across = client.exec(1, waiting + "across");
            long meanwhile = client.exec(1, waiting + "meanwhile");

            server.restart();
            assertThat(client.get(execPath(1) + "?pid=" + finished).text()).endsWith("\"data\":" + before + "}");
            assertThat(client.get(execPath(1) + "?pid=" + across)
                            .data()
                            .path("state")
                            .asString())
                    .isEqualTo("running");

            server.stop();
            Files.createFile(release);
            server.start();
            assertThat(client.result(1, across).data().path("stdout").asString())
                    .isEqualTo("across\n");
            JsonNode data = client.result(1, meanwhile).data();
            assertThat(data.path("stdout").asString()).isEqualTo("meanwhile\n");
            assertThat(data.path("exitcode").intValue()).isZero();

            assertThat(client.exec(1, "true")).as("a pid after the restart").isPositive();
            assertThat(server.madeAdminKey()).isFalse();
        }
    }
}

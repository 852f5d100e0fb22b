// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import static dev.bellhop.server.app.TestClient.execPath;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.server.app.RawHttp;
import dev.bellhop.server.app.TestServer;
import java.io.IOException;
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

/** A large answer is read from the store while it is sent. Where that fails, half an answer must not look like a whole. */
@Timeout(60)
@Tag("real")
class FailingResponseTest {
    /** More than the buffers between a server and a client that does not read take in. */
    private static final int SIZE = 16_000_000;

    @TempDir
    private Path folder;

    private TestServer server;
    private long pid;

    @BeforeEach
    void start() throws Exception {
        server = TestServer.in(folder).realAgent(1).start();
        pid = server.admin().exec(1, "head -c " + SIZE + " /dev/zero | tr '\\0' z");
        server.admin().result(1, pid);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private void breakTheStore() throws Exception {
        sql("ALTER TABLE output RENAME COLUMN bytes TO gone");
    }

    private void mendTheStore() throws Exception {
        sql("ALTER TABLE output RENAME COLUMN gone TO bytes");
    }

    private void sql(String change) throws Exception {
        try (Connection database = DriverManager.getConnection(
                        "jdbc:sqlite:" + server.data().resolve("bellhop.db"));
                Statement statement = database.createStatement()) {
            statement.execute(change);
        }
    }

    @Test
    void anAnswerThatFailsAtItsFirstPieceIsBrokenOff() throws Exception {
        breakTheStore();
        assertThatThrownBy(() -> server.admin().get(execPath(1) + "?pid=" + pid))
                .hasCauseInstanceOf(IOException.class);

        mendTheStore();
        assertThat(server.admin().get(execPath(1) + "?pid=" + pid).status()).isEqualTo(200);
    }

    @Test
    void anAnswerThatFailsHalfWayIsBrokenOff() throws Exception {
        try (RawHttp http = new RawHttp(server.uri())) {
            http.request("GET", execPath(1) + "?pid=" + pid, "X-API-Key: " + server.adminKey());
            assertThat(http.firstByte()).isEqualTo('H');
            breakTheStore();
            String rest = http.rest();

            assertThat(rest).startsWith("TTP/1.1 200 ");
            assertThat(rest.length()).isGreaterThan(1000).isLessThan(SIZE);
            assertThat(rest).as("the sign of a whole answer").doesNotEndWith("0\r\n\r\n");
        }
    }
}

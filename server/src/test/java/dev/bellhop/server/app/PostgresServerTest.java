// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.api.audit.AuditReport;
import dev.bellhop.server.app.config.ConfigException;
import dev.bellhop.server.store.postgres.PostgresAudit;
import dev.bellhop.server.store.postgres.PostgresSettings;
import dev.bellhop.server.store.postgres.TempPostgres;
import dev.bellhop.testkit.RealAgent;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A whole server that keeps everything in a PostgreSQL. */
@Timeout(60)
@Tag("real")
class PostgresServerTest {
    @RegisterExtension
    private final TempPostgres temp = new TempPostgres();

    @TempDir
    private Path folder;

    private PostgresSettings settings;
    private RealAgent agent;

    @BeforeEach
    void start() throws Exception {
        settings = temp.released();
        agent = RealAgent.start(Files.createDirectory(folder.resolve("a")));
    }

    @AfterEach
    void close() {
        agent.close();
    }

    private TestServer.Builder server(Path of) {
        return TestServer.in(of).postgres(settings).encryptionKeys(temp.keys()).vm(1, agent.socket());
    }

    @Test
    void whatItRanIsThereAfterARestart() throws Exception {
        try (TestServer server = server(folder).start()) {
            long pid = server.admin().exec(1, "echo hello; exit 3");
            JsonNode before = server.admin().result(1, pid).data();
            assertThat(before.path("stdout").asString()).isEqualTo("hello\n");
            assertThat(before.path("exitcode").asInt()).isEqualTo(3);

            server.restart();
            assertThat(server.admin().result(1, pid).data()).isEqualTo(before);
            assertThat(server.madeAdminKey()).isFalse();
            assertThat(server.data().resolve(DataFolder.DATABASE)).doesNotExist();
        }
        AuditReport report = PostgresAudit.verify(settings, null);
        assertThat(report.intact()).as(report.toString()).isTrue();
        assertThat(report.records()).isPositive();
    }

    /** With a data folder of its own, which keeps nobody out. */
    @Test
    void aSecondServerDoesNotStart() throws Exception {
        try (TestServer first = server(folder).start()) {
            assertThatThrownBy(() -> server(Files.createDirectory(folder.resolve("second")))
                            .start())
                    .cause()
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("because another Bellhop server uses it, from 127.0.0.1, since");
            assertThat(first.admin().get("/healthz").status()).isEqualTo(200);
        }
    }
}

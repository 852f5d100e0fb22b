// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.bellhop.api.StubAnswer;
import dev.bellhop.api.StubServer;
import dev.bellhop.api.client.error.BellhopTransportException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a guest may take long for, by a client that waits for nothing else. */
class GuestFilesClientTest {
    private static final String FILES = "/api/v2/vps/10000/files";
    private static final String KEY = "bellhop_4b1d7c09e2aa_" + "0".repeat(64);

    private final StubServer server = new StubServer();
    private final BellhopClient client =
            new BellhopClient(server.url(), KEY, Duration.ofSeconds(30), Duration.ofNanos(1));

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    @Test
    void deletingATreeMayTakeLong() throws InterruptedException {
        server.on("DELETE", FILES, StubAnswer.noContent());
        assertThatExceptionOfType(BellhopTransportException.class)
                .isThrownBy(() -> client.files(10000).delete("/srv/app", false));
        client.files(10000).delete("/srv/app", true);
        // The request that timed out can arrive later.
        assertThat(server.requests())
                .extracting(StubServer.Request::target)
                .contains(FILES + "?path=%2Fsrv%2Fapp&recursive=true");
    }

    @Test
    void makingDirectoriesMayTakeLong() throws InterruptedException {
        server.on("POST", FILES + "/actions/mkdir", StubAnswer.noContent());
        client.files(10000).makeDirectories("/srv/a/b/c", "0750");
        assertThat(server.requests().getLast().body())
                .isEqualTo("{\"path\":\"/srv/a/b/c\",\"mode\":\"0750\",\"parents\":true}");
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.server.app.RawHttp;
import dev.bellhop.server.app.TestServer;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A client that sends all of its request before it reads sees its answer, whatever the server thought of the request. */
@Timeout(60)
class UnreadInputTest {
    private static final int MIB = 1 << 20;
    private static final int PIECE = 16 * 1024;

    @TempDir
    private static Path folder;

    private static TestServer server;

    @BeforeAll
    static void start() {
        server = TestServer.in(folder).start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    /** The answer comes when the body has only begun, and the client goes on all the same. */
    private static String send(String head, int body) throws IOException {
        try (RawHttp http = new RawHttp(server.uri())) {
            http.send(head + "\r\nHost: a\r\nContent-Length: " + body + "\r\n\r\n");
            String first = Character.toString(http.firstByte());
            for (int sent = 0; sent < body; sent += PIECE) {
                http.send(new byte[Math.min(PIECE, body - sent)]);
            }
            return first + http.allOf();
        }
    }

    @Test
    void aLargeBodyWithABadKeyMeetsItsRefusal() throws Exception {
        assertThat(send("POST /api/v2/vps/1/executions HTTP/1.1\r\nX-API-Key: wrong", 3 * MIB))
                .startsWith("HTTP/1.1 401 ")
                .contains("unauthorized");
    }

    @Test
    void aGetWithABodyIsAnsweredInFull() throws Exception {
        assertThat(send("GET /healthz HTTP/1.1", 200 * 1024))
                .startsWith("HTTP/1.1 200 ")
                .endsWith("}");
    }

    @Test
    void whatTheHttpLayerRefusesIsAnsweredInFullToo() throws Exception {
        assertThat(send("POST /healthz HTTP/1.1\r\nNo colon", MIB))
                .startsWith("HTTP/1.1 400 ")
                .endsWith("}");
        assertThat(send("POST /" + "p".repeat(100_000) + " HTTP/1.1", MIB))
                .startsWith("HTTP/1.1 414 ")
                .endsWith("}");
    }

    @Test
    void whoNeverStopsIsNotReadForEver() throws Exception {
        try (RawHttp http = new RawHttp(server.uri())) {
            http.send("POST /api/v2/keys HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n");
            assertThatThrownBy(() -> {
                        for (int sent = 0; sent < 200 * MIB; sent += MIB) {
                            http.send(new byte[MIB]);
                        }
                    })
                    .isInstanceOf(IOException.class);
        }
    }
}

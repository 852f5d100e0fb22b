// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.failure.BellhopException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A cursor shows the next page of the list that it comes from, or is refused. */
class CursorTest {
    private static final byte[] POSITION = "000001769851801020-4b1d7c09e2aa".getBytes(StandardCharsets.UTF_8);
    private static final String CURSOR = Cursor.of("keys", POSITION);

    @Test
    void itLeadsToItsPosition() {
        assertThat(Cursor.position("keys", CURSOR)).isEqualTo(POSITION);
        assertThat(Cursor.position("keys", Cursor.of("keys", new byte[0]))).isEmpty();
    }

    @Test
    void aCutOrChangedOneAndThatOfAnotherListAreRefused() {
        for (int length = 0; length < CURSOR.length(); length++) {
            refused("keys", CURSOR.substring(0, length));
        }
        refused("accounts", CURSOR);
        refused("keys", CURSOR + "A");
        refused("keys", CURSOR.replace('M', 'N'));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "=", "a", "eHh4", "AAAA", "not base64", "\u00fc"})
    void whatIsNoCursorIsRefused(String text) {
        refused("keys", text);
    }

    private static void refused(String list, String cursor) {
        assertThatThrownBy(() -> Cursor.position(list, cursor))
                .as(cursor)
                .isInstanceOf(BellhopException.class)
                .hasMessageContaining("copy nextCursor from the page before");
    }

    @Test
    void noListShowsAPageForAnotherListsCursor(@TempDir Path folder) {
        try (TestServer server = TestServer.in(folder).start()) {
            TestClient admin = server.admin();
            server.makeKey(List.of("read:vm"), null);
            String cursor =
                    admin.get("/api/v2/keys?limit=1").json().path("nextCursor").asString();
            assertThat(admin.get("/api/v2/keys?cursor=" + cursor).json().path("items"))
                    .hasSize(1);
            for (String list : List.of(
                    "vps",
                    "accounts",
                    "saved-commands",
                    "executions",
                    "recordings",
                    "audit",
                    "operations",
                    "terminals")) {
                TestAnswer answer = admin.get("/api/v2/" + list + "?cursor=" + cursor);
                assertThat(answer.status()).as("%s %s", list, answer.text()).isEqualTo(400);
                assertThat(answer.json().at("/errors/0/parameter").asString()).isEqualTo("cursor");
            }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.content;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import org.junit.jupiter.api.Test;

/** What MACs are made of, which must not change under rows that are stored. */
class GuardedTableTest {
    private static String text(String principals) throws Exception {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite::memory:");
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT '0a' AS id, 'k' AS key_id, 'f' AS fingerprint, 'p' AS public_key, NULL AS label,"
                                + " 7 AS added_at, 'b' AS added_by, NULL AS expires_at, " + principals
                                + " AS principals")) {
            assertThat(row.next()).isTrue();
            return GuardedTable.SSH_KEYS.text(row);
        }
    }

    @Test
    void aColumnThatCameLaterChangesNothingWhereItIsAbsent() throws Exception {
        String before = "row of SSH key 0a\n2:0a\n1:k\n1:f\n1:p\n\n1:7\n1:b\n";
        assertThat(text("NULL")).isEqualTo(before);
        assertThat(text("'dev'")).isEqualTo(before + "\n10:principals\n3:dev");
    }
}

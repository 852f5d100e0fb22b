// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.sql.DriverManager;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReadConnectionTest {
    private static final String NUMBERS = "SELECT value FROM json_each(?)";

    private ReadConnection connection;

    @BeforeEach
    void open() throws SQLException {
        connection = new ReadConnection(DriverManager.getConnection("jdbc:sqlite::memory:"));
    }

    @AfterEach
    void close() throws SQLException {
        connection.connection.close();
    }

    @Test
    void rowsAreReadInTheirOrderWithoutThoseThatAreLeftOut() {
        assertThat(connection.query(NUMBERS, row -> row.getInt(1) == 2 ? null : row.getInt(1), "[3,2,1]"))
                .containsExactly(3, 1);
    }

    @Test
    void theFirstRowMayBeAbsentOnlyWhereThatIsExpected() {
        assertThat(connection.find(NUMBERS, row -> row.getInt(1), "[3,2]")).contains(3);
        assertThat(connection.find(NUMBERS, row -> row.getInt(1), "[]")).isEmpty();
        int one = connection.queryOne(NUMBERS, row -> row.getInt(1), "[3]");
        assertThat(one).isEqualTo(3);
        assertThatThrownBy(() -> connection.queryOne(NUMBERS, row -> row.getInt(1), "[]"))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aFailureTellsNeitherTheStatementNorItsValues() {
        Throwable failure = catchThrowable(() -> connection.query(NUMBERS, row -> row.getInt(1), "secret"));
        assertThat(failure).isInstanceOf(StatementException.class).hasRootCauseInstanceOf(SQLException.class);
        StringWriter told = new StringWriter();
        failure.printStackTrace(new PrintWriter(told));
        assertThat(told.toString()).contains("refused a statement").doesNotContain("secret", "json_each");
    }
}

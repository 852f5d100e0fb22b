// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.store.WriteConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Statements that go to the database with a later one. */
@Timeout(60)
@Tag("real")
@Tag("cluster")
class LaterStatementsTest {
    private static final String INSERT = "INSERT INTO t (n) VALUES (?)";
    private static final String DOUBLE = "UPDATE t SET n = 2 * n WHERE n > ?";

    @RegisterExtension
    private final TempPostgres temp = new TempPostgres();

    private PostgresDatabase database;

    @BeforeEach
    void open() throws Exception {
        database = temp.get();
        temp.execute("DROP TABLE IF EXISTS t; CREATE TABLE t (at serial, n integer CHECK (n < 1000))");
    }

    private List<Integer> rows() {
        return database.read(connection -> connection.query("SELECT n FROM t ORDER BY at", row -> row.getInt(1)));
    }

    private static void insertLater(WriteConnection connection, int count) {
        IntStream.rangeClosed(1, count).forEach(n -> connection.executeLater(INSERT, n));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 5, 64, 150})
    void theyTakePlaceInTheirOrder(int count) {
        database.change(connection -> {
                    insertLater(connection, count);
                    connection.executeLater(DOUBLE, count - 1);
                    connection.executeLater(INSERT, 0);
                })
                .join();
        List<Integer> expected =
                new ArrayList<>(IntStream.range(1, count).boxed().toList());
        expected.add(2 * count);
        expected.add(0);
        assertThat(rows()).isEqualTo(expected);
    }

    @Test
    void whatComesNextSeesThem() {
        assertThat(database.write(connection -> {
                            insertLater(connection, 2);
                            int changed = connection.execute(DOUBLE, 0);
                            insertLater(connection, 1);
                            return List.of(changed, connection.queryOne("SELECT sum(n) FROM t", row -> row.getInt(1)));
                        })
                        .join())
                .containsExactly(2, 7);
    }

    @Test
    void oneThatFailsMakesItsOwnWriteFailAndNoOther() {
        for (int round = 0; round < 5; round++) {
            int n = round;
            CompletableFuture<?> before = database.change(connection -> connection.executeLater(INSERT, n));
            CompletableFuture<?> failing = database.change(connection -> {
                connection.executeLater(INSERT, 500 + n);
                connection.executeLater(INSERT, 1000);
            });
            CompletableFuture<?> after = database.change(connection -> connection.executeLater(INSERT, 100 + n));

            before.join();
            after.join();
            assertThatThrownBy(failing::join).hasCauseInstanceOf(BellhopException.class);
        }
        assertThat(rows()).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 100, 101, 102, 103, 104);
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.store.Duty;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(60)
@Tag("real")
@Tag("cluster")
class ClusterDutiesTest {
    @RegisterExtension
    private final TempPostgres temp = new TempPostgres();

    private static void awaitOneHolder(PostgresDatabase... servers) {
        for (Duty duty : Duty.values()) {
            Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> holders(duty, servers) == 1);
        }
    }

    private static long holders(Duty duty, PostgresDatabase... servers) {
        return Stream.of(servers).filter(server -> server.holds(duty)).count();
    }

    @Test
    void aServerAloneHasAllDuties() {
        assertThat(Duty.values()).allMatch(temp.get()::holds);
    }

    @Test
    void anotherServerTakesOver() {
        PostgresDatabase first = temp.clustered();
        awaitOneHolder(first);
        try (PostgresDatabase second = temp.another();
                PostgresDatabase third = temp.another()) {
            awaitOneHolder(first, second, third);
            assertThat(Duty.values()).allMatch(first::holds);
            first.close();
            assertThat(Duty.values()).noneMatch(first::holds);
            awaitOneHolder(second, third);
        }
    }

    /** Its connection to the database stays open. */
    @Test
    void theDutiesOfAFrozenServerGoToAnotherOne() {
        PostgresDatabase server = temp.clustered();
        awaitOneHolder(server);
        temp.execute("UPDATE duties SET holder = 'frozen', term = 10, expires_at = now() + interval '3 seconds'");
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .until(() -> Stream.of(Duty.values()).noneMatch(server::holds));
        awaitOneHolder(server);
        List<Long> terms =
                server.read(connection -> connection.query("SELECT DISTINCT term FROM duties", row -> row.getLong(1)));
        assertThat(terms).as("the fencing number").containsExactly(11L);
    }
}

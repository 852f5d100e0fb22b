// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsTokenTest {
    private static final String FIRST = "a".repeat(32);
    private static final String SECOND = "b".repeat(64);

    @TempDir
    private Path folder;

    private final AtomicLong nanos = new AtomicLong();
    private Path file;
    private MetricsToken token;

    @BeforeEach
    void make() throws Exception {
        file = Files.writeString(folder.resolve("token"), FIRST + "\n");
        token = MetricsToken.in(file, nanos::get);
    }

    private void later() {
        nanos.addAndGet(Duration.ofSeconds(2).toNanos());
    }

    @Test
    void onlyTheTokenMatches() {
        assertThat(token.matches(FIRST)).isTrue();
        for (String other : new String[] {"", "a", FIRST + "a", "a".repeat(31) + "b", FIRST + "\n"}) {
            assertThat(token.matches(other)).as(other).isFalse();
        }
    }

    @Test
    void aNewTokenTakesThePlaceOfTheOldOne() throws Exception {
        Files.writeString(file, SECOND);
        assertThat(token.matches(FIRST)).as("a second has not passed").isTrue();
        later();
        assertThat(token.matches(FIRST)).isFalse();
        assertThat(token.matches(SECOND)).isTrue();
    }

    @Test
    void withoutAUsableFileNoTokenIsRight() throws Exception {
        Files.delete(file);
        later();
        assertThat(token.matches(FIRST)).isFalse();
        Files.writeString(file, "short");
        later();
        assertThat(token.matches("short")).isFalse();
        Files.writeString(file, FIRST);
        later();
        assertThat(token.matches(FIRST)).isTrue();
    }
}

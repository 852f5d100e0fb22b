// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What libraries log comes out short, printable and seldom. */
class LibraryLogAppenderTest {
    private final LoggerContext context = new LoggerContext();
    private final ListAppender<ILoggingEvent> written = new ListAppender<>();
    private final AtomicLong nanos = new AtomicLong();
    private final LibraryLogAppender libraries = new LibraryLogAppender(written, nanos::get);

    @BeforeEach
    void start() {
        written.start();
        libraries.setContext(context);
        libraries.start();
    }

    private void log(String text, @Nullable Throwable thrown) {
        libraries.doAppend(new LoggingEvent("", context.getLogger("a.library"), Level.WARN, text, thrown, null));
    }

    private List<String> lines() {
        return written.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    @Test
    void linesAreCutShortAndMadePrintable() {
        log("Bad\n2026 INFO forged \u001b[31m\u202e" + "0".repeat(7_000), null);

        assertThat(lines())
                .singleElement()
                .asString()
                .startsWith("Bad?2026 INFO forged ?[31m?000")
                .endsWith("000...");
        assertThat(lines().getFirst()).hasSize(LibraryLogAppender.MAX_LENGTH + 3);
        assertThat(written.list.getFirst().getLoggerName()).isEqualTo("a.library");
    }

    @Test
    void anExceptionIsNamedAndNotQuoted() {
        log("threw", new IllegalStateException("secret", new IllegalArgumentException("secret too")));

        assertThat(lines())
                .singleElement()
                .asString()
                .matches("threw; java.lang.IllegalStateException at .*LibraryLogAppenderTest.*;"
                        + " java.lang.IllegalArgumentException at .*")
                .doesNotContain("secret");
        assertThat(written.list.getFirst().getThrowableProxy()).isNull();
    }

    @Test
    void thereAreAFewASecondAndOneSaysHowManyMore() {
        for (int i = 0; i < 1_000; i++) {
            log("line", null);
        }
        assertThat(lines()).hasSize(LibraryLogAppender.LINES_PER_SECOND);

        nanos.addAndGet(Duration.ofSeconds(1).toNanos());
        log("last", null);
        assertThat(lines())
                .hasSize(LibraryLogAppender.LINES_PER_SECOND + 2)
                .endsWith(
                        1_000 - LibraryLogAppender.LINES_PER_SECOND + " more lines of libraries were left out", "last");
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app.logging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BatchAppenderTest {
    private final LoggerContext context = new LoggerContext();
    private final Logger log = context.getLogger("test");
    private final Reader reader = new Reader();
    private final BatchAppender appender;

    BatchAppenderTest() {
        context.setMDCAdapter(new LogbackMDCAdapter());
        PatternLayoutEncoder encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern("%level %msg%n");
        encoder.start();
        appender = new BatchAppender(encoder, reader);
        appender.setContext(context);
        appender.start();
        log.setLevel(Level.INFO);
        log.addAppender(appender);
    }

    /** Where the lines go; it takes them as long as it is let. */
    private static final class Reader extends OutputStream {
        private final ByteArrayOutputStream taken = new ByteArrayOutputStream();
        private final Semaphore lets = new Semaphore(1);
        private volatile boolean fails;

        @Override
        public void write(int b) {
            throw new UnsupportedOperationException("lines come in blocks");
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            lets.acquireUninterruptibly();
            lets.release();
            if (fails) {
                throw new IOException("nobody reads any more");
            }
            synchronized (taken) {
                taken.write(bytes, offset, length);
            }
        }

        List<String> lines() {
            synchronized (taken) {
                return taken.toString(StandardCharsets.UTF_8).lines().toList();
            }
        }
    }

    @AfterEach
    void stop() {
        appender.stop();
    }

    @Test
    void linesAreWrittenInTheirOrder() {
        IntStream.range(0, 500).forEach(i -> log.info("line {}", i));
        log.warn("the last");

        await().untilAsserted(() -> assertThat(reader.lines()).hasSize(501));
        assertThat(reader.lines()).startsWith("INFO line 0", "INFO line 1").endsWith("INFO line 499", "WARN the last");
    }

    @Test
    void whatIsQueuedIsWrittenAtTheEnd() {
        log.info("a farewell");
        appender.stop();

        assertThat(reader.lines()).containsExactly("INFO a farewell");
    }

    @Test
    void whereNobodyTakesThemOnlyWarningsAreKept() {
        reader.lets.acquireUninterruptibly();
        try {
            IntStream.range(0, 2 * BatchAppender.QUEUE).forEach(i -> log.info("line {}", i));
            log.warn("this matters");
        } finally {
            reader.lets.release();
        }

        await().untilAsserted(() -> assertThat(reader.lines()).endsWith("WARN this matters"));
        assertThat(reader.lines()).hasSizeLessThan(2 * BatchAppender.QUEUE);
    }

    @Test
    void oneThatCannotBeWrittenDoesNotEndTheLog() {
        reader.fails = true;
        log.warn("lost");
        await().until(() -> !context.getStatusManager().getCopyOfStatusList().isEmpty());
        reader.fails = false;
        log.warn("kept");

        await().untilAsserted(() -> assertThat(reader.lines()).endsWith("WARN kept"));
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.bellhop.server.app.RawHttp;
import dev.bellhop.server.app.TestServer;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/**
 * What a stranger writes reaches the log in short pieces at most. All is looked at that is handed to the log, before it cuts
 * anything short: {@code LibraryLogAppenderTest} has the rest.
 */
class LogFloodTest {
    private static final int MAX_LINE_LENGTH = 400;
    private static final String CANARY = "zq9";
    private static final String LONG = CANARY.repeat(2_300);

    @TempDir
    private Path folder;

    private TestServer server;
    private final Queue<String> lines = new ConcurrentLinkedQueue<>();
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            lines.add(event.getFormattedMessage()
                    + (event.getThrowableProxy() == null
                            ? ""
                            : event.getThrowableProxy().getMessage()));
        }
    };

    private static List<Logger> loggers() {
        return List.of((Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME), (Logger)
                LoggerFactory.getLogger("dev.bellhop"));
    }

    @BeforeEach
    void start() {
        server = TestServer.in(folder).start();
        appender.start();
        loggers().forEach(logger -> logger.addAppender(appender));
    }

    @AfterEach
    void stop() {
        server.close();
        loggers().forEach(logger -> logger.detachAppender(appender));
    }

    private void send(String request) throws Exception {
        try (RawHttp http = new RawHttp(server.uri())) {
            http.send(request).rest();
        }
    }

    @Test
    void nothingLongOrSecretReachesTheLog() throws Exception {
        List<String> beginnings = List.of(
                "CONNECT /" + LONG,
                "CONNECT " + LONG,
                "CONNECT a:" + LONG,
                "CONNECT [" + LONG,
                LONG + " /",
                "GET /" + LONG,
                "GET /?" + LONG,
                "GET http://" + LONG + ":x/",
                "GET http://[" + LONG + "/",
                "GET http://a:" + LONG + "/",
                "GET //" + LONG + ":y/",
                "GET /%zz?" + LONG,
                "GET /;" + LONG,
                "OPTIONS *" + LONG,
                "PRI " + LONG);
        for (String beginning : beginnings) {
            send(beginning + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
            send(beginning + " HTTP/2.0\r\nHost: a\r\n\r\n");
            send(beginning + "\r\n\r\n");
        }
        List<String> headers = List.of(
                "Host: " + LONG,
                "Host: [" + LONG,
                "Host: a:" + LONG,
                "Host: a\r\nHost: " + LONG,
                "Host: a\r\nContent-Length: " + LONG,
                "Host: a\r\nTransfer-Encoding: " + LONG,
                "Host: a\r\nExpect: " + LONG,
                "Host: a\r\nUpgrade: " + LONG + "\r\nConnection: Upgrade",
                "Host: a\r\nX-API-Key: " + LONG,
                "Host: a\r\nCookie: " + LONG,
                "Host: a\r\n" + LONG,
                "Host: a\r\n" + LONG + " : x");
        for (String header : headers) {
            send("GET /healthz?" + CANARY + " HTTP/1.1\r\nConnection: close\r\n" + header + "\r\n\r\n");
        }
        // What was sent before it has been logged by then, or will not be.
        server.close();

        assertThat(lines)
                .isNotEmpty()
                .allSatisfy(line ->
                        assertThat(line).hasSizeLessThan(MAX_LINE_LENGTH).matches("\\p{Print}*"));
        assertThat(lines).noneMatch(line -> line.contains("?" + CANARY));
    }

    @Test
    void aFloodOfThemLeavesAFewLines() throws Exception {
        for (int i = 0; i < 300; i++) {
            send("CONNECT /" + LONG + " HTTP/1.1\r\nHost: a\r\n\r\n");
        }
        server.close();

        assertThat(lines.stream().mapToInt(String::length).sum()).isLessThan(300 * 100);
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.connection;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.bellhop.server.app.TestServer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** How many connections fit, and what the log says where those are fewer than are asked for. */
class ConnectionLimitsTest {
    private static final long DEFAULT_HEAP = 384L << 20;
    private static final long MANY = 1 << 20;

    @Test
    void theHeapBoundsThemAndTlsTakesMoreOfIt() {
        ConnectionLimits.Wanted limits = ConnectionLimits.Wanted.defaults();

        assertThat(limits.within(DEFAULT_HEAP, MANY, false).connections()).isEqualTo(1_316);
        assertThat(limits.within(DEFAULT_HEAP, MANY, true).connections()).isEqualTo(1_024);
        assertThat(limits.within(10 * DEFAULT_HEAP, MANY, true).connections()).isEqualTo(10_000);
    }

    @Test
    void aFewFilesBoundThem() {
        assertThat(ConnectionLimits.Wanted.defaults().within(DEFAULT_HEAP, 1_024, false))
                .isEqualTo(new ConnectionLimits(512, ConnectionLimits.PER_ADDRESS));
    }

    @Test
    void whatIsAskedForIsNotExceeded() {
        assertThat(new ConnectionLimits.Wanted(7, 3).within(DEFAULT_HEAP, MANY, false))
                .isEqualTo(new ConnectionLimits(7, 3));
    }

    /** Nobody has asked for as many as would be held with more memory. */
    @Test
    void onlyWhoAsksForMoreThanFitIsTold(@TempDir Path folder) {
        List<String> lines = new CopyOnWriteArrayList<>();
        AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
            @Override
            protected void append(ILoggingEvent event) {
                lines.add(event.getLevel() + " " + event.getFormattedMessage());
            }
        };
        Logger log = (Logger) LoggerFactory.getLogger("dev.bellhop.server.http.JettyParts");
        appender.start();
        log.addAppender(appender);
        try {
            TestServer.in(folder.resolve("a")).start().close();
            TestServer.in(folder.resolve("b")).connections(1, 1).start().close();
            assertThat(lines).isEmpty();

            TestServer.in(folder.resolve("c")).connections(1_000_000, 1).start().close();
            assertThat(lines)
                    .singleElement()
                    .asString()
                    .startsWith("WARN Cannot hold 1000000 connections at once, as limits.connections asks for");
        } finally {
            log.detachAppender(appender);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.bellhop.server.access.CallerLimits;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Many wrong keys at once cost few hashes and few lines of the log, and a good key at the same address does not notice. */
@Timeout(120)
class FloodTest {
    private static final int SENDERS = 16;
    private static final int REQUESTS = 2_000;
    private static final int FAILURES = 300;
    private static final int FIRST_TRIES = 10;
    private static final CallerLimits LIMITS = new CallerLimits(1_000_000, FAILURES, 100, 1, 1);
    private static final Pattern MORE = Pattern.compile("([0-9]+) more requests without a valid key were answered .*");

    @TempDir
    private Path folder;

    private final Queue<String> lines = new ConcurrentLinkedQueue<>();
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            lines.add(event.getFormattedMessage());
        }
    };

    @Test
    void aFloodOfWrongKeys() throws Exception {
        Logger access = (Logger) LoggerFactory.getLogger("dev.bellhop.access");
        appender.start();
        access.addAppender(appender);
        AtomicLong nanos = new AtomicLong();
        try (TestServer server =
                TestServer.in(folder).limits(LIMITS).nanos(nanos::get).start()) {
            TestClient admin = server.admin();
            assertThat(admin.get("/api/v2/vps").status()).isEqualTo(200);
            int good = 1;
            List<Integer> wrong = new ArrayList<>();
            // The id is right, so that a look at the id alone does not tell.
            String key = server.adminKey().substring(0, 21) + "0".repeat(64);
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Future<List<Integer>>> senders = Collections.nCopies(SENDERS, sender(server.client(key))).stream()
                        .map(threads::submit)
                        .toList();
                while (!senders.stream().allMatch(Future::isDone)) {
                    assertThat(admin.get("/api/v2/vps").status()).isEqualTo(200);
                    good++;
                }
                for (Future<List<Integer>> sender : senders) {
                    wrong.addAll(sender.get());
                }
            }
            int looked = FAILURES + FIRST_TRIES;
            assertThat(wrong).filteredOn(status -> status == 401).hasSize(looked);
            assertThat(wrong).filteredOn(status -> status == 429).hasSize(REQUESTS - looked);
            assertThat(hashed(server)).isEqualTo(looked + good);
            int withKey = good;
            // Each request is in the log soon after its answer, and its count within a second or so.
            await().untilAsserted(() -> assertLogged(REQUESTS + 1, withKey));
        } finally {
            access.detachAppender(appender);
        }
    }

    private static Callable<List<Integer>> sender(TestClient client) {
        return () -> {
            List<Integer> statuses = new ArrayList<>();
            for (int i = 0; i < REQUESTS / SENDERS; i++) {
                statuses.add(client.get("/api/v2/vps").status());
            }
            return statuses;
        };
    }

    private static double hashed(TestServer server) {
        String name = "bellhop_keys_hashed_total ";
        return server.scraper()
                .get("/metrics")
                .text()
                .lines()
                .filter(line -> line.startsWith(name))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length())))
                .sum();
    }

    /** Each request is in the log, the good ones with a line each. */
    private void assertLogged(int withoutKey, int withKey) {
        int single = 0;
        int counted = 0;
        for (String line : lines) {
            Matcher more = MORE.matcher(line);
            if (more.matches()) {
                counted += Integer.parseInt(more.group(1));
            } else if (line.contains("key -")) {
                single++;
            }
        }
        assertThat(single + counted).isEqualTo(withoutKey);
        assertThat(lines)
                .filteredOn(line -> line.matches(".*key [0-9a-f]{12}.*"))
                .hasSize(withKey);
        assertThat(single).isLessThan(withoutKey / 2);
    }
}

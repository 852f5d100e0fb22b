// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.api.audit.AuditMark;
import dev.bellhop.api.audit.AuditRecord;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.tenant.Tenant;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** How much is recorded of what is done again and again, and what becomes of requests that cannot be recorded. */
class AuditTrailTest {
    private static final Instant NOW = Instant.parse("2026-03-01T00:00:00Z");

    private final FakeStore store = new FakeStore();
    private final AuditTrail trail = new AuditTrail(store, Clock.fixed(NOW, ZoneOffset.UTC));

    /** Counts how often it is told to write, and hangs or fails where a test says so. */
    private static final class FakeStore extends MemoryAuditStore {
        private int alsoWaiting;
        private int flushes;
        private CompletableFuture<Void> flushed = CompletableFuture.completedFuture(null);

        @Override
        public synchronized int waiting() {
            return super.waiting() + alsoWaiting;
        }

        @Override
        public CompletableFuture<Void> flush() {
            flushes++;
            return flushed;
        }

        List<AuditRecord> records() {
            super.flush().join();
            return after(0, AuditFilter.ALL).records();
        }
    }

    private static AuditEntry refusal(String keyId) {
        return new AuditEntry(NOW, "GET /api/v2/keys", Outcome.REFUSED)
                .by(keyId, Tenant.operator())
                .because("forbidden");
    }

    @Test
    void refusalsWithoutAKeyAreCountedByWhereTheyComeFrom() {
        for (int i = 0; i < 5; i++) {
            trail.countRefusal("192.0.2.1", "unauthorized");
        }
        trail.countRefusal("192.0.2.1", "too_many_failures");
        trail.countRefusal("192.0.2.2", "unauthorized");
        trail.countRefusal(null, "bad_request");
        assertThat(store.records()).isEmpty();

        trail.summarise();

        assertThat(store.records()).allMatch(record -> record.action().equals(AuditRecord.REFUSED));
        assertThat(store.records())
                .extracting(record -> record.address() + " " + record.code() + " " + record.count())
                .containsExactly(
                        "192.0.2.1 unauthorized 5",
                        "192.0.2.1 too_many_failures 1",
                        "192.0.2.2 unauthorized 1",
                        "null bad_request 1");
        trail.summarise();
        assertThat(store.records()).as("nothing new").hasSize(4);
    }

    @Test
    void howeverManyAddressesThereAreTheRowsAreFew() {
        for (int i = 0; i < 100_000; i++) {
            trail.countRefusal("10." + (i >> 16) + "." + (i >> 8 & 255) + "." + (i & 255), "unauthorized");
            trail.countRefusal("10." + (i >> 16) + "." + (i >> 8 & 255) + "." + (i & 255), "not_found");
        }
        trail.summarise();

        assertThat(store.records()).hasSizeLessThanOrEqualTo(RefusalSummary.MAX_ROWS + 2);
        assertThat(store.records().stream().mapToLong(AuditRecord::count).sum()).isEqualTo(200_000);
    }

    @Test
    void ofAKeysRefusalsTheFirstHaveRecordsOfTheirOwn() {
        for (int i = 0; i < 1_000; i++) {
            trail.addRefusal(refusal("0123456789ab"));
        }
        trail.addRefusal(refusal("another"));
        trail.summarise();

        assertThat(store.records()).hasSize(RefusalSummary.SINGLE + 2);
        AuditRecord counted = store.records().getLast();
        assertThat(counted.keyId()).isEqualTo("0123456789ab");
        assertThat(counted.code()).isEqualTo("forbidden");
        assertThat(counted.count()).isEqualTo(1_000 - RefusalSummary.SINGLE);

        trail.addRefusal(refusal("0123456789ab"));
        assertThat(store.records()).as("a new minute").hasSize(RefusalSummary.SINGLE + 3);
    }

    @Test
    void whatIsDoneAgainIsNoNews() {
        assertThat(trail.isNews("k", "GET /x", "e")).isTrue();
        assertThat(trail.isNews("k", "GET /x", "e")).isFalse();
        assertThat(trail.isNews("other", "GET /x", "e")).isTrue();
        assertThat(trail.isNews("k", "GET /y", "e")).isTrue();
        assertThat(trail.isNews("k", "GET /x", "f")).isTrue();
    }

    @Test
    void whatCannotBeRecordedIsNotDone() {
        trail.requireRoom();
        store.alsoWaiting = 10_000;

        assertThatThrownBy(trail::requireRoom)
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE));
        trail.countRefusal("192.0.2.1", "unauthorized");
        trail.summarise();
        assertThat(store.records()).as("summaries wait too").isEmpty();
        store.alsoWaiting = 0;
        trail.summarise();
        assertThat(store.records()).hasSize(1);
    }

    @Test
    void manyThatWaitAreWrittenSoon() {
        for (int i = 0; i < 300; i++) {
            trail.add(refusal("k"));
        }
        assertThat(store.flushes).isEqualTo(1);
    }

    /** A disk that stays full is told of in the log by and by, not each second. */
    @Test
    void aStoreThatFailsOrHangsIsNotPressed() {
        trail.add(refusal("k"));
        store.flushed = new CompletableFuture<>();
        for (int i = 0; i < 5; i++) {
            trail.flush();
        }
        assertThat(store.flushes).as("while it hangs").isEqualTo(1);

        store.flushed.completeExceptionally(new IllegalStateException("full"));
        for (int i = 0; i < 20; i++) {
            trail.flush();
        }
        assertThat(store.flushes).as("while it fails").isEqualTo(3);
    }

    /** What is hashed has to come back from a database as it was. */
    @Test
    void oddTextBecomesPlain() {
        AuditRecord record = new AuditEntry(NOW.plusNanos(1), "a\u00e4\n\ud800b", Outcome.DONE)
                .about("x".repeat(500))
                .after(AuditMark.START);

        assertThat(record.action()).isEqualTo("a???b");
        assertThat(record.subject()).hasSize(200);
        assertThat(record.at()).isEqualTo(NOW);
        assertThat(record.hash()).isEqualTo(record.computedHash());
    }

    @Test
    void whatWaitsAndWhatIsKeptAreCounted() {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        trail.bindTo(registry);
        trail.add(refusal("a"));
        trail.add(refusal("b"));
        assertThat(registry.get("bellhop.audit.backlog").gauge().value()).isEqualTo(2);
        assertThat(registry.get("bellhop.audit.size").gauge().value()).isZero();

        assertThat(store.records()).hasSize(2);

        assertThat(registry.get("bellhop.audit.backlog").gauge().value()).isZero();
        assertThat(registry.get("bellhop.audit.size").gauge().value()).isEqualTo(2.0 * MemoryAuditStore.RECORD_BYTES);
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.audit;

import static dev.bellhop.server.tenant.Tenant.account;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.api.audit.AuditMark;
import dev.bellhop.api.audit.AuditRecord;
import dev.bellhop.api.audit.AuditReport;
import dev.bellhop.api.audit.AuditVerifier;
import dev.bellhop.server.audit.AuditStore.Stretch;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;

/** What every {@link AuditStore} does, whatever it keeps the trail in. */
public abstract class AuditStoreContract {
    protected static final Instant NOW = Instant.parse("2026-03-01T00:00:00Z");

    /** The store under test, empty when a test begins. */
    protected abstract AuditStore store();

    /** Closes the store and opens another one on what it has kept. */
    protected abstract AuditStore reopened() throws Exception;

    /** Writes something else to where the trail is kept. */
    protected abstract CompletableFuture<Void> write();

    /** Likewise, and fails. */
    protected abstract CompletableFuture<Void> failingWrite();

    /** What a record counts for where the trail is bounded by its size. */
    protected abstract int recordBytes();

    protected static AuditEntry entry(String action) {
        return new AuditEntry(NOW, action, Outcome.DONE);
    }

    private void added(AuditEntry... entries) {
        for (AuditEntry entry : entries) {
            store().add(entry);
        }
        store().flush().join();
    }

    protected List<AuditRecord> newestFirst() {
        return store().before(Long.MAX_VALUE, AuditFilter.ALL, 100).records();
    }

    protected List<String> actions() {
        return newestFirst().reversed().stream().map(AuditRecord::action).toList();
    }

    /** Checks the whole chain, as a client does with an export. */
    private AuditReport verified() {
        Stretch stretch = store().after(0, AuditFilter.ALL);
        AuditVerifier verifier = AuditVerifier.whole(stretch.anchor(), null);
        while (true) {
            stretch.records().forEach(verifier::accept);
            if (stretch.end() >= stretch.head().seq()) {
                return verifier.end(stretch.head());
            }
            stretch = store().after(stretch.end(), AuditFilter.ALL);
        }
    }

    private void assertIntact() {
        AuditReport report = verified();
        assertThat(report.intact()).as(report.toString()).isTrue();
    }

    @Test
    void anEmptyTrailHasTheSameEnds() {
        Stretch stretch = store().before(Long.MAX_VALUE, AuditFilter.ALL, 10);

        assertThat(stretch.records()).isEmpty();
        assertThat(stretch.head()).isEqualTo(stretch.anchor());
        assertThat(store().after(0, AuditFilter.ALL).records()).isEmpty();
        assertThat(store().waiting()).isZero();
    }

    @Test
    void anEntryGoesWithTheNextWrite() {
        store().add(entry("a"));
        store().add(entry("b"));
        assertThat(newestFirst()).isEmpty();
        assertThat(store().waiting()).isEqualTo(2);

        write().join();

        assertThat(store().waiting()).isZero();
        assertThat(actions()).containsExactly("a", "b");
        assertThat(newestFirst().getFirst().previous())
                .isEqualTo(newestFirst().getLast().hash());
        assertIntact();
    }

    @Test
    void theChainGoesOnAfterARestart() throws Exception {
        added(entry("a"));
        reopened();
        added(entry("b"));

        assertThat(actions()).containsExactly("a", "b");
        assertIntact();
    }

    @Test
    void aWriteThatFailsTakesNothingAlong() {
        store().add(entry("a"));
        assertThatThrownBy(() -> failingWrite().join()).isNotNull();
        assertThat(newestFirst()).isEmpty();
        assertThat(store().waiting()).isEqualTo(1);

        write().join();
        assertThat(actions()).containsExactly("a");
        assertIntact();
    }

    @Test
    void anIntentIsRecordedWithTheFirstThingDone() {
        AuditIntent intent = new AuditIntent(() -> entry("intent"));
        intent.during(() -> {
            assertThat(intent.isTaken()).isFalse();
            write().join();
            assertThat(actions()).containsExactly("intent");
            return write().join();
        });
        write().join();

        assertThat(intent.isTaken()).isTrue();
        assertThat(actions()).containsExactly("intent");
    }

    @Test
    void anIntentOfWhichNothingIsStoredLeavesNoTrace() {
        AuditIntent intent = new AuditIntent(() -> entry("intent"));
        intent.during(this::newestFirst);
        write().join();

        assertThat(intent.isTaken()).isFalse();
        assertThat(newestFirst()).isEmpty();
    }

    @Test
    void aRecordComesBackAsItWasAdded() throws Exception {
        AuditEntry full = new AuditEntry(NOW.plusMillis(1), "key.create", Outcome.REFUSED)
                .through("POST /api/v2/keys")
                .by("0123456789ab", account("0123456789ab"))
                .from("192.0.2.1")
                .request("0197f0c2-6f1e-7c3a-9b1d-5a7e0c4f2b16")
                .in(new VmId(Long.MAX_VALUE))
                .execution("0197f0c2-6f1e-7c3a-9b1d-5a7e0c4f2b17")
                .state("lost")
                .about("subject")
                .certificate("ada serial 7 of CA SHA256:x")
                .answered(429)
                .because("forbidden")
                .times(Long.MAX_VALUE);
        added(full, entry("plain"));

        assertThat(reopened().before(2, AuditFilter.ALL, 10).records())
                .containsExactly(full.after(store().after(0, AuditFilter.ALL).anchor()));
        AuditRecord plain = newestFirst().getFirst();
        assertThat(plain.keyId()).isNull();
        assertThat(plain.account()).isNull();
        assertThat(plain.vmid()).isNull();
        assertThat(plain.status()).isNull();
        assertThat(plain.count()).isNull();
    }

    @Test
    void eachPartOfAFilterCounts() {
        added(
                entry("a").by("k1", Tenant.operator()).in(new VmId(1)),
                new AuditEntry(NOW.plusSeconds(1), "b", Outcome.REFUSED)
                        .by("k2", Tenant.operator())
                        .in(new VmId(2)));

        assertThat(found(new AuditFilter(NOW, NOW.plusSeconds(1), null, null, null, null)))
                .containsExactly("a");
        assertThat(found(new AuditFilter(NOW.plusMillis(1), null, null, null, null, null)))
                .containsExactly("b");
        assertThat(found(new AuditFilter(Instant.MIN, Instant.MAX, null, null, null, null)))
                .containsExactly("b", "a");
        assertThat(found(new AuditFilter(null, null, "k1", null, null, null))).containsExactly("a");
        assertThat(found(new AuditFilter(null, null, null, new VmId(2), null, null)))
                .containsExactly("b");
        assertThat(found(new AuditFilter(null, null, null, null, "b", null))).containsExactly("b");
        assertThat(found(new AuditFilter(null, null, null, null, null, Outcome.DONE)))
                .containsExactly("a");
        assertThat(found(new AuditFilter(null, null, "k1", new VmId(2), null, null)))
                .isEmpty();
        assertThat(found(AuditFilter.ALL)).containsExactly("b", "a");
    }

    private List<String> found(AuditFilter filter) {
        List<String> back = store().before(Long.MAX_VALUE, filter, 10).records().stream()
                .map(AuditRecord::action)
                .toList();
        assertThat(store().after(0, filter).records().reversed())
                .extracting(AuditRecord::action)
                .isEqualTo(back);
        return back;
    }

    @Test
    void aListEndsAtItsLimitAndBeforeItsBegin() {
        added(entry("a"), entry("b"), entry("c"));

        Stretch newest = store().before(Long.MAX_VALUE, AuditFilter.ALL, 2);
        assertThat(newest.records()).extracting(AuditRecord::seq).containsExactly(3L, 2L);
        assertThat(newest.end()).isEqualTo(2);
        assertThat(store().before(2, AuditFilter.ALL, 2).records())
                .extracting(AuditRecord::seq)
                .containsExactly(1L);
        assertThat(store().before(1, AuditFilter.ALL, 2).records()).isEmpty();
        assertThat(store().after(2, AuditFilter.ALL).records())
                .extracting(AuditRecord::seq)
                .containsExactly(3L);
        assertThat(store().after(3, AuditFilter.ALL).records()).isEmpty();
    }

    @Test
    void listsGoOnWhereTheyEnded() {
        for (int i = 0; i < 1_500; i++) {
            store().add(entry("a" + i));
        }
        store().flush().join();

        List<Long> seen = new ArrayList<>();
        long before = Long.MAX_VALUE;
        do {
            Stretch stretch = store().before(before, AuditFilter.ALL, 400);
            stretch.records().forEach(record -> seen.add(record.seq()));
            before = stretch.end();
        } while (before > 1);
        assertThat(seen).hasSize(1_500).doesNotHaveDuplicates().isSortedAccordingTo((a, b) -> Long.compare(b, a));

        long after = 0;
        List<Long> exported = new ArrayList<>();
        do {
            Stretch stretch = store().after(after, AuditFilter.ALL);
            stretch.records().forEach(record -> exported.add(record.seq()));
            after = stretch.end();
        } while (after < 1_500);
        assertThat(exported).isEqualTo(seen.reversed());
    }

    @Test
    void oldRecordsAreRemovedAndTheChainSaysSo() {
        for (int day = 0; day < 10; day++) {
            store().add(new AuditEntry(NOW.plus(Duration.ofDays(day)), "a" + day, Outcome.DONE));
        }
        store().flush().join();
        Instant now = NOW.plus(Duration.ofDays(400));

        assertThat(removedBefore(NOW, now)).isZero();
        assertThat(removedBefore(NOW.plus(Duration.ofDays(3)), now)).isEqualTo(3);
        assertThat(removedBefore(NOW.plus(Duration.ofDays(3)), now)).isZero();
        assertThat(actions()).containsExactly("a3", "a4", "a5", "a6", "a7", "a8", "a9", AuditRecord.PRUNE);
        AuditRecord removal = newestFirst().getFirst();
        assertThat(removal.subject()).isEqualTo("3:" + newestFirst().getLast().previous());
        assertThat(removal.count()).isEqualTo(3);
        assertThat(removal.at()).isEqualTo(now);
        assertIntact();

        assertThat(removedBefore(now, now.plusSeconds(1))).isEqualTo(7);
        assertThat(removedBefore(now.plusSeconds(1), now.plusSeconds(1))).isEqualTo(1);
        assertThat(actions()).containsExactly(AuditRecord.PRUNE, AuditRecord.PRUNE);
        assertIntact();
        assertThat(verified().anchor().seq()).isEqualTo(11);
    }

    private static BiFunction<AuditMark, Integer, AuditEntry> pruned(Instant now) {
        return (anchor, records) -> new AuditEntry(now, AuditRecord.PRUNE, Outcome.DONE)
                .about(anchor.text())
                .times(records);
    }

    private int removedBefore(Instant time, Instant now) {
        return store().removeBefore(time, pruned(now)).join();
    }

    @Test
    void tooManyRecordsGoOldestFirstAndTheChainSaysSo() {
        int most = 5_000;
        for (int i = 0; i < 7_100; i++) {
            store().add(entry("a"));
        }
        store().flush().join();
        long bytes = (long) most * recordBytes();
        Instant now = NOW.plusSeconds(1);
        int removed = 0;
        for (int some = 1; some > 0; removed += some) {
            some = store().removeBeyond(bytes, pruned(now)).join();
        }

        assertIntact();
        assertThat(verified().records()).isBetween((long) most * 8 / 10, (long) most);
        assertThat(verified().anchor().seq()).isEqualTo(removed);
        assertThat(newestFirst().getFirst().action()).isEqualTo(AuditRecord.PRUNE);
        assertThat(store().removeBeyond(bytes, pruned(now)).join()).isZero();
    }

    @Test
    void theSizeIsThatOfTheRecordsThatWereSeenLast() {
        AuditStore store = store();
        assertThat(store.bytes()).isZero();
        for (int i = 0; i < 3; i++) {
            store.add(entry("a"));
        }
        store.flush().join();
        assertThat(store.removeBeyond(1 << 20, pruned(NOW)).join()).isZero();
        assertThat(store.bytes()).isEqualTo(3L * recordBytes());
    }

    /** One that was recorded with a clock that went wrong does not let those before it be removed too early. */
    @Test
    void nothingIsRemovedBehindARecordThatIsKept() {
        added(new AuditEntry(NOW.plusSeconds(9), "late", Outcome.DONE), new AuditEntry(NOW, "early", Outcome.DONE));

        assertThat(removedBefore(NOW.plusSeconds(5), NOW)).isZero();
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.recording;

import static dev.bellhop.server.audit.AuditedWrites.assertFailsUnrecorded;
import static dev.bellhop.server.audit.AuditedWrites.assertRecorded;
import static dev.bellhop.server.tenant.Tenant.account;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.audit.AuditRecord;
import dev.bellhop.server.audit.AuditFilter;
import dev.bellhop.server.audit.AuditStore;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.tenant.TenantFilter;
import dev.bellhop.server.terminal.TerminalId;
import dev.bellhop.server.vm.VmId;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What every {@link RecordingStore} does, whatever it keeps recordings in. */
public abstract class RecordingStoreContract {
    private static final Instant NOW = Instant.parse("2026-01-31T09:30:00.123Z");
    private static final VmId VM = new VmId(1);
    private static final VmId OTHER_VM = new VmId(2);
    private static final String HASH = "ab".repeat(32);

    /** The store under test, empty when a test begins. */
    protected abstract RecordingStore store();

    /** Closes the store and opens another one on what it has kept. */
    protected abstract RecordingStore reopened() throws Exception;

    /** The audit trail of the same place. */
    protected abstract AuditStore audit();

    public static TerminalId id(int number) {
        return TerminalId.parse("019c1379-5a10-7cc3-8d25-00000000000" + number).orElseThrow();
    }

    public static Recording recording(int number, VmId vm, Tenant tenant) {
        return new Recording(id(number), vm, tenant, "0123456789ab", Map.of("team", "a"), true, NOW, 0, null);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private Recording ended(int number, VmId vm, Tenant tenant, int length, Instant at) {
        Recording begun = recording(number, vm, tenant);
        store().begin(begun).join();
        store().append(id(number), 0, new byte[length], NOW).join();
        Recording ended = begun.ended(length, new Recording.End(at, true, HASH));
        store().end(ended).join();
        return ended;
    }

    @Test
    void whatIsStoredComesBackAsItIs() throws Exception {
        Recording begun = recording(1, VM, account("acc"));
        store().begin(begun).join();
        assertThat(store().find(id(1))).hasValue(begun);
        assertThat(store().find(id(2))).isEmpty();
        assertThat(store().read(id(1), 0)).isEmpty();

        store().append(id(1), 0, bytes("one\n"), NOW).join();
        assertThat(store().append(id(1), 4, bytes("two\n"), NOW).join()).isTrue();
        assertThat(store().read(id(1), 0)).isEqualTo(bytes("one\n"));
        assertThat(store().read(id(1), 4)).isEqualTo(bytes("two\n"));
        assertThat(store().read(id(1), 8)).isEmpty();
        assertThat(store().find(id(1)).orElseThrow().bytes()).isEqualTo(8);

        Recording ended = begun.ended(8, new Recording.End(NOW.plusSeconds(1), false, HASH));
        store().end(ended).join();
        assertThat(store().find(id(1))).hasValue(ended);
        RecordingStore again = reopened();
        assertThat(again.find(id(1))).hasValue(ended);
        assertThat(again.read(id(1), 4)).isEqualTo(bytes("two\n"));
    }

    @Test
    void whatIsStoredTwiceIsThereOnceAndNothingComesAfterTheEnd() {
        Recording begun = recording(1, VM, Tenant.operator());
        store().begin(begun).join();
        store().append(id(1), 0, bytes("one\n"), NOW).join();
        store().append(id(1), 0, bytes("one\n"), NOW).join();
        Recording ended = begun.ended(4, new Recording.End(NOW, true, HASH));
        store().end(ended).join();
        assertThat(store().append(id(1), 4, bytes("late\n"), NOW).join()).isFalse();
        store().end(begun.ended(4, new Recording.End(NOW.plusSeconds(9), false, "cd".repeat(32))))
                .join();
        assertThat(store().find(id(1))).hasValue(ended);
        assertThat(store().read(id(1), 4)).isEmpty();
        assertThat(store().append(id(2), 0, bytes("of none\n"), NOW).join()).isFalse();
        assertThat(store().read(id(2), 0)).isEmpty();
    }

    @Test
    void oneThatIsDiscardedIsGone() {
        store().begin(recording(1, VM, Tenant.operator())).join();
        store().append(id(1), 0, bytes("one\n"), NOW).join();
        store().discard(id(1)).join();
        assertThat(store().find(id(1))).isEmpty();
        assertThat(store().read(id(1), 0)).isEmpty();
    }

    @Test
    void listsAreOfATenantAndOfVmsAndComeInPages() {
        store().begin(recording(1, VM, account("acc"))).join();
        store().begin(recording(2, OTHER_VM, account("acc"))).join();
        store().begin(recording(3, VM, account("other"))).join();
        store().begin(recording(4, VM, Tenant.operator())).join();
        TenantFilter acc = TenantFilter.seenBy(account("acc"));
        assertThat(listed(TenantFilter.all(), null, null, 9)).containsExactly(id(4), id(3), id(2), id(1));
        assertThat(listed(TenantFilter.all(), null, id(4), 2)).containsExactly(id(3), id(2));
        assertThat(listed(TenantFilter.all(), Set.of(OTHER_VM), null, 9)).containsExactly(id(2));
        assertThat(listed(acc, null, null, 9)).containsExactly(id(2), id(1));
        assertThat(listed(acc, Set.of(VM), null, 9)).containsExactly(id(1));
        assertThat(listed(acc, Set.of(VM, OTHER_VM), id(2), 9)).containsExactly(id(1));
        assertThat(listed(acc, Set.of(), null, 9)).isEmpty();
    }

    private List<TerminalId> listed(
            TenantFilter tenants, @Nullable Set<VmId> vms, @Nullable TerminalId before, int limit) {
        return store().list(tenants, vms, before, limit).stream()
                .map(Recording::id)
                .toList();
    }

    @Test
    void thoseWhoseServerIsSilentAreFoundAndTheirEndIsInTheTrail() {
        Recording begun = recording(1, VM, account("acc"));
        store().begin(begun).join();
        store().append(id(1), 0, bytes("one\n"), NOW).join();
        store().begin(recording(2, VM, account("acc"))).join();
        store().append(id(2), 0, new byte[0], NOW.plusSeconds(60)).join();
        ended(3, VM, account("acc"), 4, NOW);
        List<Recording> silent = store().abandoned(NOW.plusSeconds(30));
        assertThat(silent).extracting(Recording::id).containsExactly(id(1));
        assertThat(silent.getFirst().bytes()).isEqualTo(4);

        Recording ended = silent.getFirst().ended(4, new Recording.End(NOW.plusSeconds(90), false, HASH));
        store().endInterrupted(ended).join();
        store().endInterrupted(ended).join();
        assertThat(store().abandoned(NOW.plusSeconds(30))).isEmpty();
        assertThat(audit().after(0, AuditFilter.ALL).records())
                .filteredOn(entry -> entry.action().equals(AuditRecord.TERMINAL_END))
                .singleElement()
                .satisfies(entry -> {
                    assertThat(entry.subject())
                            .isEqualTo("terminal " + id(1) + " recording 4 bytes sha256:" + HASH + " incomplete");
                    assertThat(entry.state()).isEqualTo("lost");
                    assertThat(entry.account()).isEqualTo("acc");
                });
    }

    @Test
    void theOldOnesAreDeletedAndThoseThatGoOnAreNot() {
        ended(1, VM, Tenant.operator(), 4, NOW.plusSeconds(2));
        ended(2, VM, Tenant.operator(), 4, NOW.plusSeconds(1));
        ended(3, VM, Tenant.operator(), 4, NOW.plusSeconds(9));
        store().begin(recording(4, VM, Tenant.operator())).join();
        Instant before = NOW.plusSeconds(5);
        assertThat(deleted(() -> store().deleteEndedBefore(before).join())).isEqualTo(2);
        assertThat(listed(TenantFilter.all(), null, null, 9)).containsExactly(id(4), id(3));
        assertThat(store().read(id(1), 0)).isEmpty();
        assertThat(store().read(id(3), 0)).hasSize(4);
    }

    @Test
    void whereThereIsTooMuchTheOldestOfTheLargestAccountGo() {
        ended(1, VM, account("small"), 10, NOW);
        ended(2, VM, account("large"), 40, NOW);
        ended(3, VM, account("large"), 40, NOW);
        ended(4, VM, Tenant.operator(), 20, NOW);
        assertThat(deleted(() -> store().deleteBeyond(110).join())).isZero();
        assertThat(deleted(() -> store().deleteBeyond(70).join())).isEqualTo(1);
        assertThat(listed(TenantFilter.all(), null, null, 9)).containsExactly(id(4), id(3), id(1));
        assertThat(deleted(() -> store().deleteBeyond(15).join())).isEqualTo(2);
        assertThat(listed(TenantFilter.all(), null, null, 9)).containsExactly(id(1));
    }

    /** Or one account's open terminals would have the recordings of all others deleted. */
    @Test
    void whatGoesOnCountsForItsAccount() {
        ended(1, VM, account("small"), 10, NOW);
        Recording open = recording(2, VM, account("large"));
        store().begin(open).join();
        store().append(open.id(), 0, new byte[40], NOW).join();
        assertThat(deleted(() -> store().deleteBeyond(30).join())).isZero();
        ended(3, VM, account("large"), 5, NOW);
        assertThat(deleted(() -> store().deleteBeyond(30).join())).isEqualTo(1);
        assertThat(listed(TenantFilter.all(), null, null, 9)).containsExactly(id(2), id(1));
    }

    private interface Deletion {
        int some();
    }

    private static int deleted(Deletion deletion) {
        int total = 0;
        for (int some = deletion.some(); some > 0; some = deletion.some()) {
            total += some;
        }
        return total;
    }

    @Test
    void whatIsIntendedIsRecordedWithIt() {
        Recording begun = recording(1, VM, Tenant.operator());
        assertRecorded(audit(), () -> store().begin(begun));
        assertFailsUnrecorded(audit(), () -> store().begin(begun));
    }
}

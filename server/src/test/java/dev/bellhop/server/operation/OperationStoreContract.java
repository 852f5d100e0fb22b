// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.operation;

import static dev.bellhop.server.tenant.Tenant.account;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.tenant.TenantFilter;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What every {@link OperationStore} does, whatever it keeps operations in. */
public abstract class OperationStoreContract {
    private static final Instant NOW = Instant.parse("2026-01-31T09:30:00.123Z");
    private static final VmId VM = new VmId(1);

    /** The store under test, empty when a test begins. */
    protected abstract OperationStore store();

    /** Closes the store and opens another one on what it has kept. */
    protected abstract OperationStore reopened() throws Exception;

    private static OperationId id(int number) {
        return OperationId.parse("019c1379-5a10-7cc3-8d25-00000000000" + number).orElseThrow();
    }

    private static Operation job(int number, VmId vm, Tenant tenant, @Nullable String name) {
        OperationRequest request = new OperationRequest(
                OperationAction.SHUTDOWN, true, Duration.ofSeconds(7), "0123456789ab", tenant, name);
        return new Operation(id(number), vm, request, OperationState.WAITING, List.of(), NOW, null, null);
    }

    private static Operation at(Operation job, OperationState state, @Nullable Instant end, @Nullable String failure) {
        List<OperationStep> steps = List.of(
                new OperationStep(OperationStep.Kind.ASKING_AGENT, NOW),
                new OperationStep(OperationStep.Kind.OFF, NOW.plusMillis(5)));
        return new Operation(job.id(), job.vm(), job.request(), state, steps, job.createdAt(), end, failure);
    }

    @Test
    void whatIsStoredComesBackAsItIs() throws Exception {
        Operation job = job(1, VM, account("acc"), "once");
        store().insert(job).join();
        assertThat(store().find(id(1))).hasValue(job);
        assertThat(store().named("0123456789ab", "once")).hasValue(job);
        assertThat(store().named("0123456789ab", "twice")).isEmpty();
        assertThat(store().find(id(2))).isEmpty();

        for (Operation each : List.of(
                at(job, OperationState.RUNNING, null, null),
                at(job, OperationState.FAILED, NOW.plusSeconds(1), "Cannot"))) {
            store().update(each).join();
            assertThat(store().find(id(1))).hasValue(each);
        }
        assertThat(reopened().find(id(1))).isEqualTo(store().find(id(1)));
    }

    @Test
    void theNewestThatEndedAreKeptOfEachAccount() {
        for (int number = 1; number <= 3; number++) {
            store().insert(job(number, VM, account("acc"), "name " + number)).join();
            store().update(at(job(number, VM, account("acc"), "name " + number), OperationState.COMPLETED, NOW, null))
                    .join();
        }
        store().insert(job(4, VM, account("acc"), null)).join();
        store().insert(job(5, VM, Tenant.operator(), null)).join();
        store().update(at(job(5, VM, Tenant.operator(), null), OperationState.COMPLETED, NOW, null))
                .join();

        assertThat(store().deleteFinishedBeyond(1).join()).isEqualTo(2);
        assertThat(store().list(VM, TenantFilter.all(), null, 10))
                .extracting(Operation::id)
                .containsExactly(id(5), id(4), id(3));
        assertThat(store().named("0123456789ab", "name 1")).isEmpty();
    }

    @Test
    void oneHasSeveralNamesForAsLongAsItIsKept() {
        Operation job = job(1, VM, Tenant.operator(), "once");
        store().insert(job).join();
        store().name(id(1), "other key", "again").join();
        store().name(id(1), "other key", "again").join();
        assertThat(store().named("other key", "again")).hasValue(job);
        assertThat(store().named("0123456789ab", "once")).hasValue(job);
        assertThat(store().named("0123456789ab", "again")).isEmpty();

        store().update(at(job, OperationState.COMPLETED, NOW, null)).join();
        store().deleteFinishedBefore(NOW.plusSeconds(1)).join();
        assertThat(store().named("other key", "again")).isEmpty();
        store().insert(job).join();
        assertThat(store().named("other key", "again")).isEmpty();
    }

    @Test
    void anUpdateOfWhatIsNotThereFails() {
        assertThatThrownBy(() ->
                        store().update(job(1, VM, Tenant.operator(), null)).join())
                .isNotNull();
    }

    @Test
    void theyAreListedNewestFirstByAccount() {
        Operation first = job(1, VM, Tenant.operator(), null);
        Operation second = job(2, VM, account("acc"), null);
        Operation third = job(3, VM, account("acc"), null);
        for (Operation job : List.of(first, second, third, job(4, new VmId(2), account("acc"), null))) {
            store().insert(job).join();
        }
        assertThat(store().list(VM, TenantFilter.all(), null, 10)).containsExactly(third, second, first);
        assertThat(store().list(VM, TenantFilter.all(), id(3), 1)).containsExactly(second);
        assertThat(store().list(VM, TenantFilter.of(account("acc")), null, 10)).containsExactly(third, second);
    }

    @Test
    void whatHasNotEndedIsKeptAndTheRestGoesByItsAge() {
        Operation open = job(1, VM, Tenant.operator(), null);
        Operation old = job(2, VM, Tenant.operator(), null);
        Operation young = job(3, VM, Tenant.operator(), null);
        for (Operation job : List.of(open, old, young)) {
            store().insert(job).join();
        }
        store().update(at(old, OperationState.COMPLETED, NOW, null)).join();
        store().update(at(young, OperationState.COMPLETED, NOW.plusSeconds(9), null))
                .join();

        assertThat(store().unfinished()).containsExactly(open);
        assertThat(store().deleteFinishedBefore(NOW.plusSeconds(9)).join()).isEqualTo(1);
        assertThat(store().list(VM, TenantFilter.all(), null, 10))
                .extracting(Operation::id)
                .containsExactly(id(3), id(1));
    }
}

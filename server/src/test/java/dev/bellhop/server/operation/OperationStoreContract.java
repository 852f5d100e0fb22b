// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.operation;

import static dev.bellhop.server.audit.AuditedWrites.assertFailsUnrecorded;
import static dev.bellhop.server.audit.AuditedWrites.assertRecorded;
import static dev.bellhop.server.tenant.Tenant.account;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.audit.AuditRecord;
import dev.bellhop.server.audit.AuditStore;
import dev.bellhop.server.audit.AuditedWrites;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.tenant.TenantFilter;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
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

    /** The audit trail of the same place. */
    protected abstract AuditStore audit();

    private static OperationId id(int number) {
        return OperationId.parse("019c1379-5a10-7cc3-8d25-00000000000" + number).orElseThrow();
    }

    private static Operation operation(int number, VmId vm, Tenant tenant, @Nullable String name) {
        OperationRequest request = new OperationRequest(
                OperationAction.SHUTDOWN, true, Duration.ofSeconds(7), "0123456789ab", tenant, name);
        return new Operation(id(number), vm, request, OperationState.WAITING, List.of(), NOW, null, null);
    }

    private static Operation at(
            Operation operation, OperationState state, @Nullable Instant end, @Nullable String failure) {
        List<OperationStep> steps = List.of(
                new OperationStep(OperationStep.Kind.ASKING_AGENT, NOW),
                new OperationStep(OperationStep.Kind.OFF, NOW.plusMillis(5)));
        return new Operation(
                operation.id(), operation.vm(), operation.request(), state, steps, operation.createdAt(), end, failure);
    }

    @Test
    void whatIsStoredComesBackAsItIs() throws Exception {
        Operation operation = operation(1, VM, account("acc"), "once");
        store().insert(operation).join();
        assertThat(store().find(id(1))).hasValue(operation);
        assertThat(store().named("0123456789ab", "once")).hasValue(operation);
        assertThat(store().named("0123456789ab", "twice")).isEmpty();
        assertThat(store().find(id(2))).isEmpty();

        for (Operation each : List.of(
                at(operation, OperationState.RUNNING, null, null),
                at(operation, OperationState.FAILED, NOW.plusSeconds(1), "Cannot"))) {
            store().update(each).join();
            assertThat(store().find(id(1))).hasValue(each);
        }
        assertThat(reopened().find(id(1))).isEqualTo(store().find(id(1)));
    }

    @Test
    void theNewestThatEndedAreKeptOfEachAccount() {
        for (int number = 1; number <= 3; number++) {
            store().insert(operation(number, VM, account("acc"), "name " + number))
                    .join();
            store().update(at(
                            operation(number, VM, account("acc"), "name " + number),
                            OperationState.COMPLETED,
                            NOW,
                            null))
                    .join();
        }
        store().insert(operation(4, VM, account("acc"), null)).join();
        store().insert(operation(5, VM, Tenant.operator(), null)).join();
        store().update(at(operation(5, VM, Tenant.operator(), null), OperationState.COMPLETED, NOW, null))
                .join();

        assertThat(store().deleteFinishedBeyond(1).join()).isEqualTo(2);
        assertThat(inVm()).extracting(Operation::id).containsExactly(id(5), id(4), id(3));
        assertThat(store().named("0123456789ab", "name 1")).isEmpty();
    }

    @Test
    void aNameIsTakenOnceByEachKey() {
        assertThat(store().insert(operation(1, VM, Tenant.operator(), "once")).join())
                .isTrue();
        assertThat(store().insert(operation(2, VM, account("acc"), "once")).join())
                .isFalse();
        assertThat(store().find(id(2))).isEmpty();
        assertThat(store().insert(operation(3, VM, account("acc"), null)).join())
                .isTrue();
        assertThat(store().named("0123456789ab", "once")).map(Operation::id).hasValue(id(1));
    }

    @Test
    void oneThatNobodyHasBegunIsEndedOnceAndKeepsItsName() {
        Operation operation = operation(1, VM, Tenant.operator(), "once");
        store().insert(operation).join();
        Operation failed = operation.failed("Nothing was done", operation.createdAt());
        assertThat(store().endUnbegun(failed, null).join()).isTrue();
        assertThat(store().endUnbegun(failed, null).join()).isFalse();
        assertThat(store().named("0123456789ab", "once")).hasValue(failed);

        Operation begun = operation(2, VM, Tenant.operator(), null);
        store().insert(begun).join();
        Operation running = at(begun, OperationState.RUNNING, null, null);
        store().update(running).join();
        assertThat(store().endUnbegun(begun.failed("Nothing was done", begun.createdAt()), null)
                        .join())
                .as("a step was taken")
                .isFalse();
        assertThat(store().find(id(2))).hasValue(running);
    }

    @Test
    void aSuccessorGetsTheNamesOfAnOperationThatNobodyBegan() {
        store().insert(operation(1, VM, Tenant.operator(), "second")).join();
        Operation successor = operation(2, VM, Tenant.operator(), "first");
        store().insert(successor).join();
        Operation failed = operation(1, VM, Tenant.operator(), "second").failed("Operation 2 does the same", NOW);
        assertThat(store().endUnbegun(failed, id(2)).join()).isTrue();
        assertThat(store().find(id(1)))
                .as("another server may have returned it")
                .hasValue(failed.unnamed());
        assertThat(store().named("0123456789ab", "second")).hasValue(successor);
        assertThat(store().insert(operation(3, VM, Tenant.operator(), "second")).join())
                .isFalse();
    }

    @Test
    void oneHasSeveralNamesForAsLongAsItIsKept() {
        Operation operation = operation(1, VM, Tenant.operator(), "once");
        store().insert(operation).join();
        store().name(id(1), "other key", "again").join();
        store().name(id(1), "other key", "again").join();
        assertThat(store().named("other key", "again")).hasValue(operation);
        assertThat(store().named("0123456789ab", "once")).hasValue(operation);
        assertThat(store().named("0123456789ab", "again")).isEmpty();

        store().update(at(operation, OperationState.COMPLETED, NOW, null)).join();
        store().deleteFinishedBefore(NOW.plusSeconds(1)).join();
        assertThat(store().named("other key", "again")).isEmpty();
        store().insert(operation).join();
        assertThat(store().named("other key", "again")).isEmpty();
    }

    @Test
    void anUpdateOfWhatIsNotThereFails() {
        assertFailsUnrecorded(
                audit(),
                () -> store().update(
                                at(operation(1, VM, Tenant.operator(), null), OperationState.COMPLETED, NOW, null)));
    }

    @Test
    void anIdIsStoredOnce() {
        Operation operation = operation(1, VM, Tenant.operator(), null);
        store().insert(operation).join();

        assertFailsUnrecorded(audit(), () -> store().insert(operation(1, new VmId(2), Tenant.operator(), null)));
        assertThat(store().find(id(1))).hasValue(operation);
    }

    @Test
    void eachChangeIsRecordedWithItAndTheEndToo() {
        Operation operation = operation(1, VM, Tenant.operator(), null);
        assertRecorded(audit(), () -> store().insert(operation));
        assertRecorded(audit(), () -> store().name(id(1), "key", "name"));
        assertRecorded(audit(), () -> store().update(at(operation, OperationState.RUNNING, null, null)));
        assertThat(AuditedWrites.actions(audit())).doesNotContain(AuditRecord.OPERATION_END);
        assertRecorded(audit(), () -> store().update(at(operation, OperationState.COMPLETED, NOW, null)));
        assertThat(AuditedWrites.actions(audit())).last().isEqualTo(AuditRecord.OPERATION_END);
    }

    @Test
    void theyAreListedNewestFirstByAccount() {
        Operation first = operation(1, VM, Tenant.operator(), null);
        Operation second = operation(2, VM, account("acc"), null);
        Operation third = operation(3, VM, account("acc"), null);
        for (Operation operation : List.of(first, second, third, operation(4, new VmId(2), account("acc"), null))) {
            store().insert(operation).join();
        }
        assertThat(inVm()).containsExactly(third, second, first);
        OperationFilter all = new OperationFilter(TenantFilter.all(), Set.of(VM), null);
        OperationPage page = store().list(all, id(3), 1);
        assertThat(page.operations()).containsExactly(second);
        assertThat(page.next()).isEqualTo(id(2));
        assertThat(store().list(all, id(2), 1)).isEqualTo(new OperationPage(List.of(first), null));
        assertThat(listed(TenantFilter.of(account("acc")), Set.of(VM), null)).containsExactly(third, second);
    }

    @Test
    void theyAreListedAcrossVmsAndByKey() {
        VmId other = new VmId(2);
        Operation first = operation(1, VM, Tenant.operator(), null);
        Operation second = operation(2, other, account("acc"), null);
        Operation third = operation(3, VM, account("acc"), null);
        Operation fourth = operation(4, other, account("other"), null);
        for (Operation operation : List.of(third, first, fourth, second)) {
            store().insert(operation).join();
        }
        assertThat(listed(TenantFilter.all(), null, null)).containsExactly(fourth, third, second, first);
        assertThat(listed(TenantFilter.all(), Set.of(other, new VmId(3)), null)).containsExactly(fourth, second);
        assertThat(listed(TenantFilter.of(account("acc")), null, null)).containsExactly(third, second);
        assertThat(listed(TenantFilter.of(account("acc")), Set.of(VM, other), null))
                .containsExactly(third, second);
        assertThat(listed(TenantFilter.all(), Set.of(), null)).isEmpty();
        assertThat(listed(TenantFilter.all(), null, "0123456789ab")).containsExactly(fourth, third, second, first);
        assertThat(listed(TenantFilter.all(), Set.of(VM), "ffffffffffff")).isEmpty();
    }

    private List<Operation> inVm() {
        return listed(TenantFilter.all(), Set.of(VM), null);
    }

    private List<Operation> listed(TenantFilter tenants, @Nullable Set<VmId> vms, @Nullable String keyId) {
        return store().list(new OperationFilter(tenants, vms, keyId), null, 10).operations();
    }

    @Test
    void whatHasNotEndedIsKeptAndTheRestGoesByItsAge() {
        Operation open = operation(1, VM, Tenant.operator(), null);
        Operation old = operation(2, VM, Tenant.operator(), null);
        Operation young = operation(3, VM, Tenant.operator(), null);
        for (Operation operation : List.of(open, old, young)) {
            store().insert(operation).join();
        }
        store().update(at(old, OperationState.COMPLETED, NOW, null)).join();
        store().update(at(young, OperationState.COMPLETED, NOW.plusSeconds(9), null))
                .join();

        assertThat(store().unfinished()).containsExactly(open);
        assertThat(store().deleteFinishedBefore(NOW.plusSeconds(9)).join()).isEqualTo(1);
        assertThat(inVm()).extracting(Operation::id).containsExactly(id(3), id(1));
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.store;

import static dev.bellhop.server.execution.TestExecutions.ended;
import static dev.bellhop.server.execution.TestExecutions.exited;
import static dev.bellhop.server.execution.TestExecutions.exitedAt;
import static dev.bellhop.server.execution.TestExecutions.labelled;
import static dev.bellhop.server.execution.TestExecutions.pending;
import static dev.bellhop.server.execution.TestExecutions.started;
import static dev.bellhop.server.execution.TestExecutions.startedUnder;
import static dev.bellhop.server.tenant.Tenant.account;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.execution.CommandLine;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionSpec;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.ExitStatus;
import dev.bellhop.server.execution.OutputSize;
import dev.bellhop.server.execution.Reason;
import dev.bellhop.server.execution.SavedCommandVersion;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.tenant.TenantFilter;
import dev.bellhop.server.vm.VmId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Executions are found by their pid, their account and their labels, newest first. */
interface ExecutionListsContract extends ExecutionStoreScene {
    @Test
    default void theNewestWithAPidIsFound() {
        Execution old = updated(started(inserted(pending(1)), 7));
        Execution otherVm = updated(started(inserted(pending(2)), 7));
        Execution otherPid = updated(started(inserted(pending(1)), 70));
        Execution newest = updated(started(inserted(pending(1)), 7));
        // Stored last, and not the newest all the same.
        updated(exited(old, new ExitStatus(0, null), OutputSize.NONE));

        assertThat(store().reader().findNewest(VM, 7, TenantFilter.all())).hasValue(newest);
        assertThat(store().reader().findNewest(new VmId(2), 7, TenantFilter.all()))
                .hasValue(otherVm);
        assertThat(store().reader().findNewest(VM, 70, TenantFilter.all())).hasValue(otherPid);
        assertThat(store().reader().findNewest(new VmId(3), 7, TenantFilter.all()))
                .isEmpty();
    }

    @Test
    default void recentOnesAreThoseThatGotAPidNewestFirst() {
        Execution first = updated(started(inserted(pending(1)), 1));
        Execution second = updated(exited(started(inserted(pending(1)), 2), new ExitStatus(0, null), OutputSize.NONE));
        inserted(pending(1));
        updated(ended(inserted(pending(1)), ExecutionState.REJECTED, Reason.AGENT_REFUSED));
        updated(started(inserted(pending(2)), 3));
        Execution third = updated(started(inserted(pending(1)), 4));

        assertThat(store().reader().recent(VM, TenantFilter.all(), 10)).containsExactly(third, second, first);
        assertThat(store().reader().recent(VM, TenantFilter.all(), 2)).containsExactly(third, second);
    }

    @Test
    default void anAccountHasWhatWasStartedUnderIt() throws Exception {
        Execution ours = updated(started(inserted(startedUnder("a", 1)), 7));
        Execution theirs = updated(started(inserted(startedUnder("b", 1)), 7));
        Execution nobodys = updated(started(inserted(pending(1)), 7));
        Execution elsewhere = updated(started(inserted(startedUnder("a", 2)), 8));
        checkAccounts(store(), ours, theirs, nobodys, elsewhere);
        checkAccounts(reopened(), ours, theirs, nobodys, elsewhere);
    }

    private static void checkAccounts(
            ExecutionStore store, Execution ours, Execution theirs, Execution nobodys, Execution elsewhere) {
        assertThat(store.reader().find(ours.id(), TenantFilter.of(account("a"))))
                .hasValue(ours);
        assertThat(store.reader().find(ours.id(), TenantFilter.all())).hasValue(ours);
        assertThat(store.reader().find(ours.id(), TenantFilter.of(account("b"))))
                .isEmpty();
        assertThat(store.reader().find(nobodys.id(), TenantFilter.of(account("a"))))
                .isEmpty();

        assertThat(store.reader().findNewest(VM, 7, TenantFilter.all())).hasValue(nobodys);
        assertThat(store.reader().findNewest(VM, 7, TenantFilter.of(account("a"))))
                .hasValue(ours);
        assertThat(store.reader().findNewest(VM, 7, TenantFilter.of(account("b"))))
                .hasValue(theirs);
        assertThat(store.reader().findNewest(VM, 8, TenantFilter.of(account("a"))))
                .isEmpty();

        assertThat(store.reader().recent(VM, TenantFilter.all(), 10)).containsExactly(nobodys, theirs, ours);
        assertThat(store.reader().recent(VM, TenantFilter.of(account("a")), 10)).containsExactly(ours);

        assertThat(listedOf(store, "a", null)).containsExactly(elsewhere, ours);
        assertThat(listedOf(store, "a", Set.of(VM))).containsExactly(ours);
        assertThat(listedOf(store, "a", Set.of())).isEmpty();
        assertThat(listedOf(store, "c", null)).isEmpty();
    }

    private static List<Execution> listedOf(ExecutionStore store, String account, @Nullable Set<VmId> vms) {
        return store.reader()
                .list(
                        new ExecutionFilter(
                                TenantFilter.of(Tenant.account(account)), vms, Set.of(), Map.of(), null, null),
                        null,
                        10)
                .executions();
    }

    @Test
    default void knowsTheNewestIdAndNoneWhereNothingIsStored() {
        assertThat(store().reader().newestId()).isEmpty();
        inserted(pending(1));
        Execution newest = inserted(pending(2));

        assertThat(store().reader().newestId()).hasValue(newest.id());
    }

    @Test
    default void labelsFindTheExecutionsThatHaveAllOfThem() throws Exception {
        Execution nightly = inserted(labelled(1, Map.of("job", "nightly", "team", "a")));
        Execution other = inserted(labelled(1, Map.of("job", "nightly", "team", "b")));
        inserted(labelled(1, Map.of("job", "Nightly", "nightly", "job")));
        inserted(pending(1));
        Execution elsewhere = inserted(labelled(2, Map.of("job", "nightly")));

        assertThat(found(null, null, 10, Map.of("job", "nightly"))).containsExactly(elsewhere, other, nightly);
        assertThat(found(Set.of(VM), null, 10, Map.of("job", "nightly"))).containsExactly(other, nightly);
        assertThat(found(Set.of(VM, new VmId(3)), null, 10, Map.of("job", "nightly")))
                .containsExactly(other, nightly);
        assertThat(found(Set.of(), null, 10, Map.of("job", "nightly"))).isEmpty();
        assertThat(found(null, null, 10, Map.of("team", "a", "job", "nightly"))).containsExactly(nightly);
        assertThat(found(null, null, 10, Map.of("team", "c", "job", "nightly"))).isEmpty();
        assertThat(found(null, null, 2, Map.of("job", "nightly"))).containsExactly(elsewhere, other);
        assertThat(found(null, other, 2, Map.of("job", "nightly"))).containsExactly(nightly);

        updated(started(nightly, 7));
        Execution running = store().reader().find(nightly.id()).orElseThrow();
        var filter = new ExecutionFilter(
                TenantFilter.all(),
                null,
                Set.of(ExecutionState.RUNNING),
                Map.of("job", "nightly"),
                TestExecutions.CREATED,
                null);
        assertThat(store().reader().list(filter, null, 10).executions()).containsExactly(running);
        assertThat(reopened().reader().list(filter, null, 10).executions()).containsExactly(running);
    }

    @Test
    default void theKeyAndTheSavedCommandFindWhatTheyStarted() throws Exception {
        SavedCommandVersion deploy = new SavedCommandVersion("deploy", 1, TestExecutions.CREATED);
        Execution first = inserted(startedWith("aaaaaaaaaaaa", deploy));
        Execution second = inserted(startedWith("aaaaaaaaaaaa", null));
        Execution third =
                inserted(startedWith("bbbbbbbbbbbb", new SavedCommandVersion("deploy", 2, TestExecutions.CREATED)));
        inserted(startedWith("bbbbbbbbbbbb", new SavedCommandVersion("deploy2", 1, TestExecutions.CREATED)));

        checkFilters(store(), first, second, third);
        checkFilters(reopened(), first, second, third);
    }

    private static void checkFilters(ExecutionStore store, Execution first, Execution second, Execution third) {
        assertThat(listed(store, "aaaaaaaaaaaa", null)).containsExactly(second, first);
        assertThat(listed(store, null, "deploy")).containsExactly(third, first);
        assertThat(listed(store, "aaaaaaaaaaaa", "deploy")).containsExactly(first);
        assertThat(listed(store, "cccccccccccc", null)).isEmpty();
        assertThat(listed(store, null, "none")).isEmpty();
    }

    private static Execution startedWith(String keyId, @Nullable SavedCommandVersion saved) {
        ExecutionSpec spec =
                new ExecutionSpec(CommandLine.script("x"), keyId, Tenant.operator(), Map.of(), null, Map.of(), saved);
        return Execution.pending(pending(1).id(), VM, spec, TestExecutions.CREATED);
    }

    private static List<Execution> listed(ExecutionStore store, @Nullable String keyId, @Nullable String savedCommand) {
        return store.reader()
                .list(
                        new ExecutionFilter(
                                TenantFilter.all(), null, Set.of(), Map.of(), keyId, savedCommand, null, null),
                        null,
                        10)
                .executions();
    }

    @Test
    default void labelsFindNothingThatWasDeleted() {
        Instant end = Instant.parse("2026-04-01T00:00:00Z");
        updated(exitedAt(started(inserted(labelled(1, Map.of("job", "x"))), 1), end));
        Execution kept = inserted(labelled(1, Map.of("job", "x")));

        assertThat(deleted(end.plusSeconds(1))).isEqualTo(1);
        assertThat(found(null, null, 10, Map.of("job", "x"))).containsExactly(kept);
    }

    private List<Execution> found(
            @Nullable Set<VmId> vms, @Nullable Execution before, int limit, Map<String, String> labels) {
        return store().reader()
                .list(
                        new ExecutionFilter(TenantFilter.all(), vms, Set.of(), labels, null, null),
                        before == null ? null : before.id(),
                        limit)
                .executions();
    }

    @Test
    default void aListGoesOnWhereAPageEnded() {
        List<Execution> newestFirst = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            newestFirst.addFirst(inserted(pending(1)));
        }
        ExecutionFilter all = new ExecutionFilter(TenantFilter.all(), null, Set.of(), Map.of(), null, null);
        List<Execution> seen = new ArrayList<>();
        ExecutionId before = null;
        do {
            ExecutionReader.Page page = store().reader().list(all, before, 2);
            assertThat(page.executions()).hasSizeBetween(1, 2);
            seen.addAll(page.executions());
            before = page.next();
        } while (before != null);

        assertThat(seen).isEqualTo(newestFirst);
    }
}

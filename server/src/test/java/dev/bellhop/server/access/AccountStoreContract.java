// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

import static dev.bellhop.server.audit.AuditedWrites.assertFailsUnrecorded;
import static dev.bellhop.server.audit.AuditedWrites.assertRecorded;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.audit.AuditStore;
import dev.bellhop.server.policy.Policy;
import dev.bellhop.server.policy.SavedCommand;
import dev.bellhop.server.policy.SavedCommandStore;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What every {@link AccountStore} does, whatever it keeps accounts in. */
public abstract class AccountStoreContract {
    private static final Instant CREATED = Instant.parse("2026-03-01T00:00:00.001Z");
    private static final Account ONE = new Account("bbbbbbbbbbbb", "grüße '\" 🦊", CREATED);
    private static final Account TWO = new Account("aaaaaaaaaaaa", "two", CREATED.plusMillis(1));
    private static final VmId VM = new VmId(Long.MAX_VALUE);

    /** The store under test, empty when a test begins. */
    protected abstract AccountStore store();

    /** Closes the store and opens another one on what it has kept. */
    protected abstract AccountStore reopened() throws Exception;

    /** The audit trail of the same place. */
    protected abstract AuditStore audit();

    /** The saved commands of the same place, which end with their account. */
    protected abstract SavedCommandStore savedCommands();

    @Test
    void accountsAreKeptAsTheyWereOldestFirst() throws Exception {
        store().insert(TWO).join();
        store().insert(ONE).join();
        assertThat(store().all()).containsExactly(ONE, TWO);
        assertThat(reopened().all()).containsExactly(ONE, TWO);

        reopened().delete(ONE, Instant.EPOCH).join();
        assertThat(reopened().all()).containsExactly(TWO);
    }

    @Test
    void anIdIsStoredOnce() {
        store().insert(ONE).join();

        assertFailsUnrecorded(audit(), () -> store().insert(new Account(ONE.id(), "x", CREATED)));
        assertThat(store().all()).containsExactly(ONE);
    }

    @Test
    void eachChangeIsRecordedWithIt() {
        assertRecorded(audit(), () -> store().insert(ONE));
        assertRecorded(audit(), () -> store().update(ONE));
        assertRecorded(audit(), () -> store().assign(VM, ONE.tenant()));
        assertRecorded(audit(), () -> store().delete(ONE, Instant.EPOCH));
    }

    @Test
    void whatIsNotThereIsDeletedAllTheSame() {
        store().insert(TWO).join();
        store().delete(ONE, Instant.EPOCH).join();
        store().assign(VM, Tenant.operator()).join();

        assertThat(store().all()).containsExactly(TWO);
        assertThat(store().owners()).isEmpty();
    }

    @Test
    void anAccountsSavedCommandsEndWithIt() {
        store().insert(ONE).join();
        store().insert(TWO).join();
        List<SavedCommand> commands = Stream.of(ONE.tenant(), TWO.tenant(), Tenant.operator())
                .map(AccountStoreContract::savedCommand)
                .toList();
        commands.forEach(command -> savedCommands().insert(command, null).join());
        store().delete(ONE, Instant.EPOCH).join();

        assertThat(savedCommands().all()).containsExactlyInAnyOrder(commands.get(1), commands.get(2));
    }

    private static SavedCommand savedCommand(Tenant tenant) {
        SavedCommand.Template template = new SavedCommand.Template("x", null, null, Map.of(), null, null, null);
        return new SavedCommand(tenant, "name", 1, null, template, List.of(), false, CREATED, "0123456789ab");
    }

    @Test
    void aVmHasOneOwnerOrNone() throws Exception {
        store().insert(ONE).join();
        store().insert(TWO).join();
        store().assign(VM, ONE.tenant()).join();
        store().assign(new VmId(1), ONE.tenant()).join();
        store().assign(VM, TWO.tenant()).join();
        assertThat(reopened().owners()).isEqualTo(Map.of(VM, TWO.tenant(), new VmId(1), ONE.tenant()));

        reopened().assign(VM, Tenant.operator()).join();
        assertThat(reopened().owners()).isEqualTo(Map.of(new VmId(1), ONE.tenant()));
    }

    @Test
    void aPolicyIsKeptUntilItIsTakenAway() throws Exception {
        Policy policy = new Policy(true, Set.of("a", "b"), List.of(), true);
        store().insert(ONE).join();
        store().insert(TWO).join();
        store().update(ONE.withPolicy(policy)).join();
        assertThat(reopened().all()).containsExactly(ONE.withPolicy(policy), TWO);

        store().update(ONE).join();
        assertThat(reopened().all()).containsExactly(ONE, TWO);
        store().delete(TWO, Instant.EPOCH).join();
        assertFailsUnrecorded(audit(), () -> store().update(TWO));
    }
}

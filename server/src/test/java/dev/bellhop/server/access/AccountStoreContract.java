// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.policy.Policy;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
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

    @Test
    void accountsAreKeptAsTheyWereOldestFirst() throws Exception {
        store().insert(TWO).join();
        store().insert(ONE).join();
        assertThat(store().all()).containsExactly(ONE, TWO);
        assertThat(reopened().all()).containsExactly(ONE, TWO);

        reopened().delete(ONE).join();
        assertThat(reopened().all()).containsExactly(TWO);
    }

    @Test
    void anIdIsStoredOnce() throws Exception {
        store().insert(ONE).join();

        assertThatThrownBy(() ->
                        store().insert(new Account(ONE.id(), "x", CREATED)).join())
                .hasCauseInstanceOf(BellhopException.class);
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
        store().updatePolicy(ONE.withPolicy(policy)).join();
        assertThat(reopened().all()).containsExactly(ONE.withPolicy(policy), TWO);

        store().updatePolicy(ONE).join();
        assertThat(reopened().all()).containsExactly(ONE, TWO);
        store().delete(TWO).join();
        assertThatThrownBy(() -> store().updatePolicy(TWO).join()).hasCauseInstanceOf(BellhopException.class);
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.policy;

import static dev.bellhop.server.audit.AuditedWrites.assertFailsUnrecorded;
import static dev.bellhop.server.audit.AuditedWrites.assertRecorded;
import static dev.bellhop.server.tenant.Tenant.account;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.audit.AuditStore;
import dev.bellhop.server.tenant.Tenant;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What every {@link SavedCommandStore} does, whatever it keeps saved commands in. */
public abstract class SavedCommandStoreContract {
    /** The store under test, empty when a test begins. */
    protected abstract SavedCommandStore store();

    /** Closes the store and opens another one on what it has kept. */
    protected abstract SavedCommandStore reopened() throws Exception;

    /** The audit trail of the same place. */
    protected abstract AuditStore audit();

    private static SavedCommand version(Tenant tenant, String name, int version) {
        return new SavedCommand(
                tenant,
                name,
                version,
                "what it does",
                new SavedCommand.Template("echo", "/bin/bash", null, Map.of("A", "b"), "root", "/tmp", 7),
                List.of(),
                true,
                Instant.ofEpochMilli(version),
                "0123456789ab");
    }

    @Test
    void versionsAreKeptAsTheyWereOldestFirst() throws Exception {
        SavedCommand own = version(Tenant.operator(), "c", 1);
        SavedCommand first = version(account("a"), "c", 1);
        SavedCommand second = version(account("a"), "c", 2);
        for (SavedCommand each : List.of(second, own, first)) {
            store().insert(each, null).join();
        }
        assertThat(store().all()).containsExactly(own, first, second);
        assertThat(reopened().all()).containsExactly(own, first, second);

        store().delete(account("a"), "c").join();
        assertThat(reopened().all()).containsExactly(own);
    }

    @Test
    void oneTakesThePlaceOfAnotherOrNothingHappens() throws Exception {
        SavedCommand first = version(account("a"), "c", 1);
        SavedCommand second = version(account("a"), "c", 2);
        store().insert(first, null).join();
        store().insert(second, first).join();
        assertThat(reopened().all()).containsExactly(second);

        assertFailsUnrecorded(audit(), () -> store().insert(second, version(account("a"), "other", 1)));
        assertFailsUnrecorded(audit(), () -> store().insert(second, null));
        SavedCommand other = version(account("a"), "d", 1);
        store().insert(other, null).join();
        assertFailsUnrecorded(audit(), () -> store().insert(second, other));
        assertThat(reopened().all()).containsExactly(second, other);
    }

    @Test
    void whatIsNotThereIsForgottenAllTheSame() {
        SavedCommand command = version(account("a"), "c", 2);
        store().insert(command, version(account("a"), "c", 1)).join();
        store().delete(account("a"), "other").join();
        store().delete(Tenant.operator(), "c").join();

        assertThat(store().all()).containsExactly(command);
    }

    @Test
    void eachChangeIsRecordedWithIt() {
        assertRecorded(audit(), () -> store().insert(version(account("a"), "c", 1), null));
        assertRecorded(audit(), () -> store().delete(account("a"), "c"));
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.policy;

import static dev.bellhop.server.tenant.Tenant.account;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.server.failure.BellhopException;
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

        assertThatThrownBy(() -> store().insert(second, version(account("a"), "other", 1))
                        .join())
                .hasCauseInstanceOf(BellhopException.class);
        SavedCommand other = version(account("a"), "d", 1);
        store().insert(other, null).join();
        assertThatThrownBy(() -> store().insert(second, other).join()).hasCauseInstanceOf(BellhopException.class);
        assertThat(reopened().all()).containsExactly(second, other);
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.server.access.Account;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Accounts and whose VMs are whose, as they are kept. */
class SqliteAccountStoreTest {
    private static final Instant CREATED = Instant.parse("2026-03-01T00:00:00.001Z");
    private static final Account ONE = new Account("bbbbbbbbbbbb", "grüße '\" 🦊", CREATED);
    private static final Account TWO = new Account("aaaaaaaaaaaa", "two", CREATED.plusMillis(1));
    private static final VmId VM = new VmId(Long.MAX_VALUE);

    @TempDir
    private Path folder;

    private @Nullable SqliteDatabase database;

    private SqliteAccountStore open() throws Exception {
        close();
        SqliteDatabase opened = SqliteDatabase.open(file());
        database = opened;
        return new SqliteAccountStore(opened);
    }

    private Path file() {
        return folder.resolve("x.db");
    }

    @AfterEach
    void close() {
        if (database != null) {
            database.close();
        }
    }

    @Test
    void accountsAreKeptAsTheyWereOldestFirst() throws Exception {
        SqliteAccountStore store = open();
        store.insert(TWO).join();
        store.insert(ONE).join();
        assertThat(store.all()).containsExactly(ONE, TWO);
        assertThat(open().all()).containsExactly(ONE, TWO);

        open().delete(ONE).join();
        assertThat(open().all()).containsExactly(TWO);
    }

    @Test
    void anIdIsStoredOnce() throws Exception {
        SqliteAccountStore store = open();
        store.insert(ONE).join();

        assertThatThrownBy(
                        () -> store.insert(new Account(ONE.id(), "x", CREATED)).join())
                .hasCauseInstanceOf(BellhopException.class);
    }

    @Test
    void aVmHasOneOwnerOrNone() throws Exception {
        SqliteAccountStore store = open();
        store.insert(ONE).join();
        store.insert(TWO).join();
        store.assign(VM, ONE.tenant()).join();
        store.assign(new VmId(1), ONE.tenant()).join();
        store.assign(VM, TWO.tenant()).join();
        assertThat(open().owners()).isEqualTo(Map.of(VM, TWO.tenant(), new VmId(1), ONE.tenant()));

        open().assign(VM, Tenant.operator()).join();
        assertThat(open().owners()).isEqualTo(Map.of(new VmId(1), ONE.tenant()));
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.server.access.Account;
import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.access.Keys;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.vm.VmId;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import org.flywaydb.core.Flyway;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Accounts and whose VMs are whose, as they are kept. */
class SqlAccountStoreTest {
    private static final Instant CREATED = Instant.parse("2026-03-01T00:00:00.001Z");
    private static final Account ONE = new Account("bbbbbbbbbbbb", "grüße '\" 🦊", CREATED);
    private static final Account TWO = new Account("aaaaaaaaaaaa", "two", CREATED.plusMillis(1));
    private static final VmId VM = new VmId(Long.MAX_VALUE);

    @TempDir
    private Path folder;

    private @Nullable SqliteDatabase database;

    private SqlAccountStore open() throws Exception {
        close();
        SqliteDatabase opened = SqliteDatabase.open(file());
        database = opened;
        return new SqlAccountStore(opened);
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
        SqlAccountStore store = open();
        store.insert(TWO).join();
        store.insert(ONE).join();
        assertThat(store.all()).containsExactly(ONE, TWO);
        assertThat(open().all()).containsExactly(ONE, TWO);

        open().delete(ONE).join();
        assertThat(open().all()).containsExactly(TWO);
    }

    @Test
    void anIdIsStoredOnce() throws Exception {
        SqlAccountStore store = open();
        store.insert(ONE).join();

        assertThatThrownBy(
                        () -> store.insert(new Account(ONE.id(), "x", CREATED)).join())
                .hasCauseInstanceOf(BellhopException.class);
    }

    @Test
    void aVmHasOneOwnerOrNone() throws Exception {
        SqlAccountStore store = open();
        store.insert(ONE).join();
        store.insert(TWO).join();
        store.assign(VM, ONE).join();
        store.assign(new VmId(1), ONE).join();
        store.assign(VM, TWO).join();
        assertThat(open().owners()).isEqualTo(Map.of(VM, TWO.id(), new VmId(1), ONE.id()));

        open().assign(VM, null).join();
        assertThat(open().owners()).isEqualTo(Map.of(new VmId(1), ONE.id()));
    }

    /** What an earlier server has stored belongs to no account: to the operator. */
    @Test
    void whatAnEarlierServerHasStoredIsTheOperators() throws Exception {
        Flyway.configure()
                .dataSource("jdbc:sqlite:" + file(), null, null)
                .locations("classpath:dev/bellhop/server/store/migration")
                .target("4")
                .load()
                .migrate();
        try (Connection before = DriverManager.getConnection("jdbc:sqlite:" + file());
                Statement statement = before.createStatement()) {
            statement.executeUpdate("INSERT INTO keys (id, name, secret_hash, scopes, vms, created_at) VALUES"
                    + " ('aaaaaaaaaaaa', 'old', x'00', 'read:vm write:vm', '7', 1)");
            statement.executeUpdate("INSERT INTO executions (id, vmid, state, command, key_id, created_at, pid,"
                    + " stdout_bytes, stderr_bytes, truncated) VALUES ('019c1379-5a10-7cc3-8d25-6f1f7f3f2c01', 7, 'LOST',"
                    + " 'echo hi', 'aaaaaaaaaaaa', 1, 4711, 0, 0, 0)");
        }

        SqlAccountStore store = open();
        Keys keys = new Keys(new SqlKeyStore(database()), Clock.systemUTC());
        Accounts accounts = new Accounts(store, keys, Clock.systemUTC());
        var old = keys.find("aaaaaaaaaaaa").orElseThrow();
        SqlExecutionStore executions = new SqlExecutionStore(database());

        assertThat(accounts.list()).isEmpty();
        assertThat(old.account()).isNull();
        assertThat(accounts.sees(old, new VmId(7))).isTrue();
        assertThat(accounts.sees(old, new VmId(8))).isFalse();
        assertThat(executions.findNewest(new VmId(7), 4711, old.account()))
                .hasValueSatisfying(found -> assertThat(
                                accounts.sees(old, found.vm(), found.spec().account()))
                        .isTrue());
        Account account = accounts.create("new");
        assertThat(accounts.assign(new VmId(7), account)).isTrue();
        assertThat(accounts.sees(old, new VmId(7)))
                .as("as before, whoever owns the VM")
                .isTrue();
    }

    private SqliteDatabase database() {
        return Objects.requireNonNull(database);
    }
}

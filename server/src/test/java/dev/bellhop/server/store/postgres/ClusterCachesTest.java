// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.server.access.Account;
import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.Keys;
import dev.bellhop.server.access.NewKey;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.access.ssh.NewSshKey;
import dev.bellhop.server.access.ssh.SshKey;
import dev.bellhop.server.access.ssh.SshKeyStoreContract;
import dev.bellhop.server.access.ssh.SshKeys;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.OutdatedException.Kind;
import dev.bellhop.server.failure.Precondition;
import dev.bellhop.server.failure.Written;
import dev.bellhop.server.masking.Mask;
import dev.bellhop.server.masking.Masks;
import dev.bellhop.server.policy.Policy;
import dev.bellhop.server.policy.SavedCommand;
import dev.bellhop.server.policy.SavedCommands;
import dev.bellhop.server.sshkey.OfferedKey;
import dev.bellhop.server.sshkey.PublicKey;
import dev.bellhop.server.store.SqlDatabase;
import dev.bellhop.server.store.sql.SqlAccountStore;
import dev.bellhop.server.store.sql.SqlKeyStore;
import dev.bellhop.server.store.sql.SqlMaskStore;
import dev.bellhop.server.store.sql.SqlSavedCommandStore;
import dev.bellhop.server.store.sql.SqlSshKeyStore;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What two servers hold in memory of one database. */
@Timeout(60)
@Tag("real")
@Tag("cluster")
class ClusterCachesTest {
    private static final VmId VM = new VmId(1);

    @RegisterExtension
    private final TempPostgres temp = new TempPostgres();

    private PostgresDatabase second;
    private Server a;
    private Server b;

    /** What it holds is loaded anew only when it finds itself outdated, unless it {@link #watches}. */
    private record Server(
            SqlDatabase database,
            Keys keys,
            SshKeys sshKeys,
            Accounts accounts,
            Masks masks,
            SavedCommands savedCommands) {
        static Server of(SqlDatabase database) {
            Keys keys = new Keys(new SqlKeyStore(database), Clock.systemUTC());
            return new Server(
                    database,
                    keys,
                    new SshKeys(new SqlSshKeyStore(database), keys, Clock.systemUTC()),
                    new Accounts(new SqlAccountStore(database), keys, Clock.systemUTC()),
                    new Masks(new SqlMaskStore(database)),
                    new SavedCommands(new SqlSavedCommandStore(database)));
        }

        void watches() {
            database.generations().watch(Kind.KEYS, keys::reload);
            database.generations().watch(Kind.SSH_KEYS, sshKeys::reload);
            database.generations().watch(Kind.ACCOUNTS, accounts::reload);
            database.generations().watch(Kind.MASKS, masks::reload);
            database.generations().watch(Kind.SAVED_COMMANDS, savedCommands::reload);
        }

        Keys.Created key(Tenant tenant) {
            return keys.create(new NewKey("k", tenant, Set.of(Scope.READ_VM), null, null, null, null, Map.of()));
        }

        int save(String name) {
            return save(name, Precondition.none());
        }

        int save(String name, Precondition<SavedCommand> condition) {
            Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
            SavedCommand.Template template =
                    new SavedCommand.Template("uptime", null, null, Map.of(), null, null, null);
            return savedCommands
                    .save(
                            Tenant.operator(),
                            name,
                            condition,
                            version -> new SavedCommand(
                                    Tenant.operator(), name, version, null, template, List.of(), false, now, "k"))
                    .version();
        }
    }

    @BeforeEach
    void open() {
        PostgresDatabase first = temp.clustered();
        second = temp.another();
        a = Server.of(first);
        b = Server.of(second);
    }

    @AfterEach
    void close() {
        second.close();
    }

    private static void fails(ThrowingCallable change, ErrorCode code) {
        assertThatThrownBy(change)
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    /** So a key that is revoked is refused by all servers within two seconds. */
    @Test
    void aServerLooksOnceASecond() {
        assertThat(ClusterSession.INTERVAL).isLessThanOrEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void whatOneServerChangesTheOtherKnowsWithinSeconds() {
        b.watches();
        Account account = a.accounts.create("a");
        Keys.Created made = a.key(account.tenant());
        a.accounts.assign(VM, account);
        a.masks.put(account.tenant(), new Mask("m", "secret"), Precondition.none(), () -> {});
        a.save("s");
        Awaitility.await().atMost(Duration.ofSeconds(5)).untilAsserted(() -> {
            assertThat(b.keys.authenticate(made.secret())).isPresent();
            assertThat(b.accounts.ownerOf(VM)).isEqualTo(account.tenant());
            assertThat(b.masks.list(account.tenant())).hasSize(1);
            assertThat(b.savedCommands.versions(Tenant.operator(), "s")).hasSize(1);
        });

        a.keys.revoke(made.key(), Precondition.none());
        assertThat(a.keys.authenticate(made.secret())).isEmpty();
        Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .until(() -> b.keys.authenticate(made.secret()).isEmpty());
        a.accounts.unassign(VM);
        a.accounts.delete(account, Precondition.none());
        Awaitility.await().atMost(Duration.ofSeconds(5)).untilAsserted(() -> {
            assertThat(b.accounts.find(account.id())).isEmpty();
            assertThat(b.accounts.ownerOf(VM)).isEqualTo(Tenant.operator());
        });
    }

    @Test
    void anSshKeyEndsAtTheOtherServer() {
        b.watches();
        PublicKey removed = SshKeyStoreContract.publicKey(1);
        PublicKey ended = SshKeyStoreContract.publicKey(2);
        Key apiKey = a.key(Tenant.operator()).key();
        Key other = a.key(Tenant.operator()).key();
        SshKey added = a.sshKeys
                .add(apiKey, NewSshKey.plain(removed, null, null), apiKey, Precondition.none())
                .key();
        a.sshKeys.add(other, NewSshKey.plain(ended, null, null), apiKey, Precondition.none());
        Awaitility.await()
                .atMost(Duration.ofSeconds(5))
                .until(() -> b.sshKeys
                                .find(new OfferedKey.Plain(removed.bytes()), null)
                                .isPresent()
                        && b.sshKeys
                                .find(new OfferedKey.Plain(ended.bytes()), null)
                                .isPresent());

        a.sshKeys.remove(apiKey, added.id());
        a.keys.revoke(other, Precondition.none());
        Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .until(() -> b.sshKeys
                                .find(new OfferedKey.Plain(removed.bytes()), null)
                                .isEmpty()
                        && b.sshKeys
                                .find(new OfferedKey.Plain(ended.bytes()), null)
                                .isEmpty());
    }

    @Test
    void anSshKeyIsRegisteredOnceForAllServersTogether() {
        PublicKey publicKey = SshKeyStoreContract.publicKey(1);
        Key apiKey = a.key(Tenant.operator()).key();
        b.keys.reload();
        Key other = b.key(Tenant.operator()).key();
        a.keys.reload();
        a.sshKeys.add(apiKey, NewSshKey.plain(publicKey, null, null), apiKey, Precondition.none());
        fails(
                () -> b.sshKeys.add(other, NewSshKey.plain(publicKey, null, null), other, Precondition.none()),
                ErrorCode.SSH_KEY_TAKEN);
        a.keys.revoke(apiKey, Precondition.none());
        b.keys.reload();
        assertThat(b.sshKeys
                        .add(other, NewSshKey.plain(publicKey, null, null), other, Precondition.none())
                        .isNew())
                .isTrue();
        fails(
                () -> a.sshKeys.add(apiKey, NewSshKey.plain(publicKey, null, null), apiKey, Precondition.none()),
                ErrorCode.KEY_ENDED);
    }

    @Test
    void nothingIsMadeForAnAccountThatAnotherServerHasDeleted() {
        Account account = a.accounts.create("a");
        b.accounts.reload();
        a.accounts.delete(account, Precondition.none());
        assertThat(b.accounts.find(account.id())).isPresent();
        assertThat(b.accounts.withExisting(account.tenant(), () -> b.key(account.tenant())))
                .isEmpty();
        assertThat(b.accounts.assign(VM, account)).isFalse();
        assertThat(b.keys.list(key -> true)).isEmpty();
    }

    @Test
    void noAccountIsDeletedThatHasSomethingByWayOfAnotherServer() {
        Account account = a.accounts.create("a");
        b.accounts.reload();
        Keys.Created key = a.key(account.tenant());
        fails(() -> b.accounts.delete(account, Precondition.none()), ErrorCode.ACCOUNT_IN_USE);

        a.keys.revoke(key.key(), Precondition.none());
        b.keys.reload();
        a.accounts.assign(VM, account);
        fails(() -> b.accounts.delete(account, Precondition.none()), ErrorCode.ACCOUNT_IN_USE);
    }

    /** The caller must not get the secret of a key that another server has given more rights. */
    @Test
    void rightsOverAKeyAreAskedForOnItsPresentState() {
        Keys.Created made = a.key(Tenant.operator());
        b.keys.reload();
        a.keys.update(
                made.key(),
                key -> key.with(key.name(), Set.of(Scope.TERMINAL_VM), null, null, null),
                Precondition.none());

        Precondition<Key> allowed = present -> {
            if (present != null && present.allows(Scope.TERMINAL_VM)) {
                throw new BellhopException(ErrorCode.FORBIDDEN, "The key has more rights");
            }
        };
        fails(() -> b.keys.rotate(made.key(), Duration.ZERO, allowed), ErrorCode.FORBIDDEN);
        assertThat(b.keys.authenticate(made.secret())).isPresent();
    }

    @Test
    void aKeyChangesFromWhatTheOtherServerMadeOfIt() {
        Keys.Created made = a.key(Tenant.operator());
        b.keys.reload();
        Keys.Created rotated = a.keys.rotate(made.key(), Duration.ofHours(1), Precondition.none());
        assertThat(b.keys.rotate(made.key(), Duration.ofHours(1), Precondition.none())
                        .key()
                        .secretNumber())
                .isEqualTo(3);
        a.keys.reload();
        assertThat(a.keys.authenticate(made.secret())).isEmpty();
        assertThat(a.keys.authenticate(rotated.secret())).isPresent();

        b.keys.revoke(made.key(), Precondition.none());
        fails(() -> a.keys.rotate(made.key(), Duration.ZERO, Precondition.none()), ErrorCode.KEY_ENDED);
    }

    @Test
    void limitsHoldForAllServersTogether() {
        IntStream.range(0, Masks.MAX_MASKS)
                .forEach(n ->
                        a.masks.put(Tenant.operator(), new Mask("m" + n, "secret" + n), Precondition.none(), () -> {}));
        assertThat(b.masks.list(Tenant.operator())).isEmpty();
        fails(
                () -> b.masks.put(Tenant.operator(), new Mask("more", "secret"), Precondition.none(), () -> {}),
                ErrorCode.INVALID_FIELD);
        assertThat(b.masks.list(Tenant.operator())).hasSize(Masks.MAX_MASKS);
    }

    @Test
    void versionsAreCountedForAllServersTogether() {
        List<CompletableFuture<Integer>> saves = IntStream.range(0, 10)
                .mapToObj(n -> CompletableFuture.supplyAsync(() -> (n % 2 == 0 ? a : b).save("s")))
                .toList();
        assertThat(saves.stream().map(CompletableFuture::join))
                .containsExactlyInAnyOrder(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
    }

    @Test
    void aLaterUseOfAKeyIsNotUndone() {
        Keys.Created made = a.key(Tenant.operator());
        b.keys.reload();
        assertThat(a.keys.authenticate(made.secret())).isPresent();
        a.keys.storeLastUses().join();
        Instant used = a.keys.lastUsedAt(made.key()).orElseThrow();
        new SqlKeyStore(second)
                .updateLastUsed(Map.of(made.key().id(), used.minusSeconds(60)))
                .join();
        assertThat(b.keys.lastUsedAt(made.key())).isEmpty();
        b.keys.loadLastUses();
        assertThat(b.keys.lastUsedAt(made.key())).hasValue(used);
    }

    /** Neither server has heard of the other's change when it compares, so the comparison has to hold in the transaction. */
    @Test
    void twoServersStoreOneOfTwoChangesOfTheSameState() {
        Key key = a.key(Tenant.operator()).key();
        b.keys.reload();
        Policy seen = policy("seen");
        a.keys.setPolicy(key, seen, Precondition.none(), Precondition.none());
        b.keys.reload();
        assertThat(a.keys.setPolicy(key, policy("of a"), Precondition.none(), only(seen)))
                .contains(Written.REPLACED);
        fails(
                () -> b.keys.setPolicy(key, policy("of b"), Precondition.none(), only(seen)),
                ErrorCode.PRECONDITION_FAILED);
        assertThat(b.keys.find(key.id()).orElseThrow().policy()).isEqualTo(policy("of a"));

        Account account = a.accounts.create("a");
        b.accounts.reload();
        Account renamed = a.accounts.rename(account, "b", only(account)).orElseThrow();
        fails(() -> b.accounts.rename(account, "c", only(account)), ErrorCode.PRECONDITION_FAILED);
        assertThat(b.accounts.find(account.id())).contains(renamed);
        assertThat(b.accounts.setPolicy(account, seen, absent())).contains(Written.CREATED);
        fails(() -> a.accounts.setPolicy(account, policy("of a"), absent()), ErrorCode.PRECONDITION_FAILED);

        Mask mask = new Mask("m", "one");
        assertThat(a.masks.put(Tenant.operator(), mask, absent(), () -> {})).isEqualTo(Written.CREATED);
        fails(
                () -> b.masks.put(Tenant.operator(), new Mask("m", "two"), absent(), () -> {}),
                ErrorCode.PRECONDITION_FAILED);
        a.masks.put(Tenant.operator(), new Mask("m", "two"), only(mask), () -> {});
        fails(() -> b.masks.delete(Tenant.operator(), "m", only(mask)), ErrorCode.PRECONDITION_FAILED);

        a.save("s", absent());
        fails(() -> b.save("s", absent()), ErrorCode.PRECONDITION_FAILED);
        SavedCommand first = b.savedCommands.versions(Tenant.operator(), "s").getLast();
        a.save("s", only(first));
        fails(() -> b.savedCommands.delete(Tenant.operator(), "s", only(first)), ErrorCode.PRECONDITION_FAILED);
    }

    private static Policy policy(String name) {
        return new Policy(false, Set.of(name), List.of(), false, null, null);
    }

    private static <T> Precondition<T> only(T expected) {
        return present -> {
            if (!expected.equals(present)) {
                throw new BellhopException(ErrorCode.PRECONDITION_FAILED, "Cannot do this");
            }
        };
    }

    private static <T> Precondition<T> absent() {
        return present -> {
            if (present != null) {
                throw new BellhopException(ErrorCode.PRECONDITION_FAILED, "Cannot do this");
            }
        };
    }

    /** It might let in a key that was revoked. */
    @Test
    void aServerThatCannotLookLetsNobodyIn() {
        Keys.Created made = a.key(Tenant.operator());
        b.keys.reload();
        b.database.check().join();
        temp.spoil("ALTER TABLE generations RENAME TO gone");
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .until(() -> !b.database.generations().isCurrent());
        fails(() -> new SqlKeyStore(second).requireCurrent(), ErrorCode.STORE_UNAVAILABLE);
        assertThat(b.database.check()).isCompletedExceptionally();

        temp.execute("ALTER TABLE gone RENAME TO generations");
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .until(() -> b.database.generations().isCurrent());
        b.database.check().join();
        assertThat(b.keys.authenticate(made.secret())).isPresent();
    }
}

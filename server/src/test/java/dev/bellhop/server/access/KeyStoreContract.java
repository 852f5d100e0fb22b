// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

import static dev.bellhop.server.audit.AuditedWrites.assertFailsUnrecorded;
import static dev.bellhop.server.audit.AuditedWrites.assertRecorded;
import static dev.bellhop.server.tenant.Tenant.account;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.access.KeyStore.OldSecret;
import dev.bellhop.server.access.KeyStore.StoredKey;
import dev.bellhop.server.audit.AuditStore;
import dev.bellhop.server.policy.Policy;
import dev.bellhop.server.policy.Rule;
import dev.bellhop.server.policy.RuleField;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What every {@link KeyStore} does, whatever it keeps keys in. */
public abstract class KeyStoreContract {
    private static final Instant CREATED = Instant.parse("2026-03-01T00:00:00.001Z");

    /** The store under test, empty when a test begins. */
    protected abstract KeyStore store();

    /** Closes the store and opens another one on what it has kept. */
    protected abstract KeyStore reopened() throws Exception;

    /** The audit trail of the same place. */
    protected abstract AuditStore audit();

    private static StoredKey key(String id, Instant created, Set<Scope> scopes, @Nullable Set<VmId> vms) {
        return new StoredKey(
                new Key(
                        id,
                        "name of " + id,
                        account("0c5d2e9f7a41"),
                        scopes,
                        vms,
                        List.of(
                                AddressRange.parse("10.0.0.0/8").orElseThrow(),
                                AddressRange.parse("2001:db8::/32").orElseThrow()),
                        created,
                        created.plusSeconds(60),
                        null,
                        1,
                        null,
                        Map.of("team", "web")),
                new byte[] {0, -1, 127, -128},
                null,
                null);
    }

    private static void same(StoredKey actual, StoredKey expected) {
        assertThat(actual.key()).isEqualTo(expected.key());
        assertThat(actual.secretHash()).isEqualTo(expected.secretHash());
        assertThat(actual.lastUsedAt()).isEqualTo(expected.lastUsedAt());
        OldSecret old = expected.old();
        if (old == null) {
            assertThat(actual.old()).isNull();
        } else {
            assertThat(actual.old()).isNotNull().satisfies(found -> {
                assertThat(found.hash()).isEqualTo(old.hash());
                assertThat(found.until()).isEqualTo(old.until());
            });
        }
    }

    @Test
    void nothingIsThereAtFirst() {
        assertThat(store().all()).isEmpty();
    }

    @Test
    void keysAreKeptAsTheyWereOldestFirst() throws Exception {
        List<StoredKey> keys = List.of(
                key("bbbbbbbbbbbb", CREATED, Set.of(Scope.READ_VM), null),
                key("cccccccccccc", CREATED, Set.of(Scope.values()), Set.of(new VmId(1), new VmId(Long.MAX_VALUE))),
                new StoredKey(
                        new Key(
                                "aaaaaaaaaaaa",
                                "grüße 🦊 '\" ",
                                Tenant.operator(),
                                Set.of(Scope.ADMIN),
                                null,
                                null,
                                CREATED.plusMillis(1),
                                null,
                                null,
                                1,
                                null,
                                Map.of()),
                        new byte[32],
                        null,
                        null));
        for (int i : new int[] {2, 0, 1}) {
            store().insert(keys.get(i)).join();
        }
        for (List<StoredKey> all : List.of(store().all(), reopened().all())) {
            assertThat(all).hasSize(3);
            for (int i = 0; i < 3; i++) {
                same(all.get(i), keys.get(i));
            }
        }
    }

    @Test
    void oneTakesThePlaceOfAnotherWhereThereIsRoomForIt() throws Exception {
        StoredKey one = key("aaaaaaaaaaaa", CREATED, Set.of(Scope.READ_VM), null);
        StoredKey two = key("bbbbbbbbbbbb", CREATED, Set.of(Scope.READ_VM), null);
        StoredKey three = key("cccccccccccc", CREATED, Set.of(Scope.READ_VM), null);
        store().insert(one).join();
        store().insert(two).join();
        store().insertInPlaceOf(one.key(), three).join();
        assertThat(reopened().all())
                .extracting(stored -> stored.key().id())
                .containsExactly(two.key().id(), three.key().id());

        assertFailsUnrecorded(audit(), () -> store().insertInPlaceOf(two.key(), three));
        assertThat(store().all()).as("both or neither").hasSize(2);
        store().insertInPlaceOf(one.key(), key("dddddddddddd", CREATED, Set.of(), null))
                .join();
        assertThat(store().all()).as("the other one was gone already").hasSize(3);
    }

    @Test
    void aRevocationIsKeptAndTouchesNothingElse() throws Exception {
        StoredKey one = key("aaaaaaaaaaaa", CREATED, Set.of(Scope.READ_VM), null);
        StoredKey two = key("bbbbbbbbbbbb", CREATED, Set.of(Scope.READ_VM), null);
        store().insert(one).join();
        store().insert(two).join();
        Key revoked = one.key().revoked(CREATED.plusSeconds(5));
        store().update(new StoredKey(revoked, one.secretHash(), null, null)).join();

        List<StoredKey> all = reopened().all();
        same(all.get(0), new StoredKey(revoked, one.secretHash(), null, null));
        same(all.get(1), two);
    }

    @Test
    void aRotationIsKeptAndTouchesNothingElse() throws Exception {
        StoredKey one = key("aaaaaaaaaaaa", CREATED, Set.of(Scope.READ_VM), null);
        StoredKey two = key("bbbbbbbbbbbb", CREATED, Set.of(Scope.READ_VM), null);
        store().insert(one).join();
        store().insert(two).join();
        OldSecret old = new OldSecret(one.secretHash(), CREATED.plusSeconds(9));
        StoredKey rotated = new StoredKey(one.key().withSecret(2), new byte[] {1}, old, null);
        store().update(rotated).join();
        same(reopened().all().get(0), rotated);
        same(store().all().get(1), two);

        StoredKey again = new StoredKey(one.key().withSecret(3), new byte[] {2}, null, null);
        store().update(again).join();
        same(reopened().all().get(0), again);
    }

    @Test
    void lastUsesAreKeptAndTouchNothingElse() throws Exception {
        StoredKey one = key("aaaaaaaaaaaa", CREATED, Set.of(Scope.READ_VM), null);
        StoredKey two = key("bbbbbbbbbbbb", CREATED, Set.of(Scope.READ_VM), null);
        store().insert(one).join();
        store().insert(two).join();
        Instant used = CREATED.plusSeconds(7);
        store().updateLastUsed(Map.of("aaaaaaaaaaaa", used)).join();

        same(reopened().all().get(0), new StoredKey(one.key(), one.secretHash(), null, used));
        same(store().all().get(1), two);
    }

    @Test
    void anIdIsStoredOnce() {
        store().insert(key("aaaaaaaaaaaa", CREATED, Set.of(Scope.READ_VM), null))
                .join();

        assertFailsUnrecorded(audit(), () -> store().insert(key("aaaaaaaaaaaa", CREATED, Set.of(Scope.ADMIN), null)));
        assertThat(store().all().getFirst().key().scopes()).containsExactly(Scope.READ_VM);
    }

    /** A key whose revocation was not stored would come back to life with the next start. */
    @Test
    void revokingWhatIsNotThereFails() {
        StoredKey key = key("aaaaaaaaaaaa", CREATED, Set.of(Scope.READ_VM), null);

        assertFailsUnrecorded(audit(), () -> store().update(key));
    }

    @Test
    void aUseOfWhatIsNotThereIsForgotten() {
        store().updateLastUsed(Map.of("aaaaaaaaaaaa", CREATED)).join();

        assertThat(store().all()).isEmpty();
    }

    @Test
    void eachChangeIsRecordedWithIt() {
        StoredKey one = key("aaaaaaaaaaaa", CREATED, Set.of(Scope.READ_VM), null);
        StoredKey two = key("bbbbbbbbbbbb", CREATED, Set.of(Scope.READ_VM), null);
        assertRecorded(audit(), () -> store().insert(one));
        assertRecorded(audit(), () -> store().update(one));
        assertRecorded(audit(), () -> store().insertInPlaceOf(one.key(), two));
        assertRecorded(audit(), () -> store().updateLastUsed(Map.of("bbbbbbbbbbbb", CREATED)));
    }

    @Test
    void aPolicyIsKeptUntilItIsTakenAway() throws Exception {
        Rule rule = new Rule("r", Rule.Effect.DENY, Map.of(RuleField.COMMAND, "x", RuleField.SHELL, "y"));
        Policy policy = new Policy(true, Set.of("a", "b"), List.of(rule), true);
        StoredKey plain = key("aaaaaaaaaaaa", CREATED, Set.of(Scope.READ_VM), null);
        StoredKey bound = new StoredKey(plain.key().withPolicy(policy), plain.secretHash(), null, null);
        store().insert(bound).join();
        same(reopened().all().getFirst(), bound);

        store().update(plain).join();
        same(reopened().all().getFirst(), plain);
        store().update(bound).join();
        same(reopened().all().getFirst(), bound);
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access.ssh;

import static dev.bellhop.server.access.ssh.SshKeyStoreContract.publicKey;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.server.access.AddressRange;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.Keys;
import dev.bellhop.server.access.MemoryKeyStore;
import dev.bellhop.server.access.NewKey;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.app.SettableClock;
import dev.bellhop.server.audit.MemoryAuditStore;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.Precondition;
import dev.bellhop.server.sshkey.OfferedKey;
import dev.bellhop.server.sshkey.PublicKey;
import dev.bellhop.server.tenant.Tenant;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class SshKeysTest {
    private static final PublicKey PUBLIC = publicKey(1);

    private final SettableClock clock = new SettableClock(Instant.parse("2026-03-01T00:00:00Z"));
    private final MemoryAuditStore audit = new MemoryAuditStore();
    private final MemorySshKeyStore store = new MemorySshKeyStore(audit);
    private final Keys apiKeys = new Keys(new MemoryKeyStore(audit), clock);
    private final SshKeys sshKeys = new SshKeys(store, apiKeys, clock);
    private final Key alice = apiKeys.create(NewKey.of("alice", Scope.WRITE_VM)).key();
    private final Key bob = apiKeys.create(NewKey.of("bob", Scope.WRITE_VM)).key();

    private static void fails(ThrowingCallable change, ErrorCode code) {
        assertThatThrownBy(change)
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    private SshKey add(Key key, PublicKey publicKey) {
        return sshKeys.add(key, NewSshKey.plain(publicKey, "label", null), bob, Precondition.none())
                .key();
    }

    private static OfferedKey plain(PublicKey key) {
        return new OfferedKey.Plain(key.bytes());
    }

    private Key login() {
        return sshKeys.find(plain(PUBLIC), null).orElseThrow();
    }

    @Test
    void itStandsForItsApiKey() {
        SshKey added = add(alice, PUBLIC);
        assertThat(added.addedBy()).isEqualTo(bob.id());
        assertThat(login().id()).isEqualTo(alice.id());
        assertThat(login().scopes()).containsExactly(Scope.WRITE_VM);
        assertThat(sshKeys.find(plain(publicKey(2)), null)).isEmpty();
        assertThat(sshKeys.find(new OfferedKey.Plain(new byte[0]), null)).isEmpty();
        assertThat(new SshKeys(store, apiKeys, clock).find(plain(PUBLIC), null))
                .as("after a restart")
                .isPresent();
    }

    @Test
    void itEndsWithItsApiKey() {
        add(alice, PUBLIC);
        Key open = login();
        apiKeys.revoke(alice, Precondition.none());
        assertThat(apiKeys.isStillValid(open)).isFalse();
        assertThat(sshKeys.find(plain(PUBLIC), null)).isEmpty();
        fails(() -> add(alice, publicKey(2)), ErrorCode.KEY_ENDED);
    }

    @Test
    void itEndsWhenItsApiKeyExpires() {
        Key dayLong = apiKeys.create(new NewKey(
                        "n",
                        Tenant.operator(),
                        Set.of(Scope.READ_VM),
                        null,
                        null,
                        clock.instant().plus(Duration.ofDays(1)),
                        null,
                        Map.of()))
                .key();
        add(dayLong, PUBLIC);
        Key open = login();
        clock.advance(Duration.ofDays(1));
        assertThat(apiKeys.isStillValid(open)).isFalse();
        assertThat(sshKeys.find(plain(PUBLIC), null)).isEmpty();
    }

    @Test
    void itEndsByItsOwnExpiry() {
        sshKeys.add(alice, NewSshKey.plain(PUBLIC, null, clock.instant().plusSeconds(5)), bob, Precondition.none());
        assertThat(login().id()).isEqualTo(alice.id());
        clock.advance(Duration.ofSeconds(5));
        assertThat(sshKeys.find(plain(PUBLIC), null)).isEmpty();
        assertThat(add(bob, PUBLIC).keyId()).as("free for another one").isEqualTo(bob.id());
    }

    @Test
    void whatIsRemovedEndsAtOnce() {
        SshKey added = add(alice, PUBLIC);
        assertThat(sshKeys.remove(bob, added.id())).as("not his").isFalse();
        assertThat(login().id()).isEqualTo(alice.id());
        assertThat(sshKeys.remove(alice, added.id())).isTrue();
        assertThat(sshKeys.find(plain(PUBLIC), null)).isEmpty();
        assertThat(sshKeys.remove(alice, added.id())).isFalse();
    }

    @Test
    void rotatingTheSecretOfTheApiKeyEndsNothing() {
        add(alice, PUBLIC);
        Key open = login();
        apiKeys.rotate(alice, Duration.ZERO, Precondition.none());
        assertThat(apiKeys.isStillValid(open)).isTrue();
        assertThat(sshKeys.find(plain(PUBLIC), null)).isPresent();
    }

    @Test
    void theNetworksOfTheApiKeyHold() throws Exception {
        Key near = apiKeys.create(new NewKey(
                        "n",
                        Tenant.operator(),
                        Set.of(Scope.READ_VM),
                        null,
                        List.of(AddressRange.parse("10.0.0.0/8").orElseThrow()),
                        null,
                        null,
                        Map.of()))
                .key();
        add(near, PUBLIC);
        assertThat(sshKeys.find(plain(PUBLIC), InetAddress.getByName("10.1.2.3")))
                .isPresent();
        assertThat(sshKeys.find(plain(PUBLIC), InetAddress.getByName("192.0.2.1")))
                .isEmpty();
        assertThat(sshKeys.find(plain(PUBLIC), null)).isEmpty();
    }

    @Test
    void theSameAgainChangesNothing() {
        SshKeys.Added first = sshKeys.add(alice, NewSshKey.plain(PUBLIC, "l", null), alice, Precondition.none());
        clock.advance(Duration.ofSeconds(1));
        SshKeys.Added again = sshKeys.add(alice, NewSshKey.plain(PUBLIC, "l", null), bob, Precondition.none());
        assertThat(first.isNew()).isTrue();
        assertThat(again).isEqualTo(new SshKeys.Added(first.key(), false, List.of()));
        assertThat(sshKeys.of(alice)).containsExactly(first.key());

        Instant soon = clock.instant().plusSeconds(5);
        SshKey changed = sshKeys.add(alice, NewSshKey.plain(PUBLIC, "other", soon), bob, Precondition.none())
                .key();
        assertThat(changed.id()).isEqualTo(first.key().id());
        assertThat(changed.label()).isEqualTo("other");
        assertThat(changed.expiresAt()).isEqualTo(soon);
        assertThat(new SshKeys(store, apiKeys, clock).of(alice)).containsExactly(changed);
    }

    @Test
    void itStandsForOneApiKeyAlone() {
        add(alice, PUBLIC);
        assertThatThrownBy(() -> add(bob, PUBLIC))
                .hasMessageContaining("another API key already")
                .hasMessageNotContaining(alice.id());
        fails(() -> add(bob, PUBLIC), ErrorCode.SSH_KEY_TAKEN);

        apiKeys.revoke(alice, Precondition.none());
        SshKey moved = add(bob, PUBLIC);
        assertThat(login().id()).isEqualTo(bob.id());
        assertThat(sshKeys.of(alice)).isEmpty();
        assertThat(new SshKeys(store, apiKeys, clock).of(bob)).containsExactly(moved);
    }

    @Test
    void whoHasProvedThatItIsTheirsTakesItFromAnotherApiKey() {
        add(alice, PUBLIC);
        SshKey moved = sshKeys.add(bob, new NewSshKey(PUBLIC, null, true, null, null), bob, Precondition.none())
                .key();
        assertThat(login().id()).isEqualTo(bob.id());
        assertThat(sshKeys.of(alice)).isEmpty();
        assertThat(new SshKeys(store, apiKeys, clock).of(bob)).containsExactly(moved);
        fails(() -> add(alice, PUBLIC), ErrorCode.SSH_KEY_TAKEN);
    }

    private static OfferedKey certified(String... principals) {
        return new OfferedKey.Certified(PUBLIC.bytes(), List.of(principals));
    }

    private SshKey addAuthority(Key key, String... principals) {
        return addAuthority(key, false, principals);
    }

    private SshKey addAuthority(Key key, boolean isProved, String... principals) {
        NewSshKey wanted = new NewSshKey(PUBLIC, List.of(principals), isProved, null, null);
        return sshKeys.add(key, wanted, bob, Precondition.none()).key();
    }

    private Key makeKeyOf(String account) {
        return apiKeys.create(new NewKey(
                        "n", Tenant.account(account), Set.of(Scope.READ_VM), null, null, null, null, Map.of()))
                .key();
    }

    @Test
    void aCaStandsForApiKeysByItsPrincipals() {
        SshKey dev = addAuthority(alice, "dev", "all");
        SshKey ops = addAuthority(bob, "ops");
        assertThat(sshKeys.find(certified("x", "dev"), null)).map(Key::id).hasValue(alice.id());
        assertThat(sshKeys.find(certified("ops"), null)).map(Key::id).hasValue(bob.id());
        assertThat(sshKeys.find(certified("x"), null)).isEmpty();
        assertThat(sshKeys.find(certified(), null)).isEmpty();
        assertThat(sshKeys.find(certified("dev", "ops"), null))
                .as("which of both?")
                .isEmpty();
        assertThat(sshKeys.find(plain(PUBLIC), null)).as("the CA's own key").isEmpty();
        assertThat(new SshKeys(store, apiKeys, clock).find(certified("dev"), null))
                .as("after a restart")
                .isPresent();

        sshKeys.used(certified("ops"));
        assertThat(sshKeys.lastUsedAt(ops)).isPresent();
        assertThat(sshKeys.lastUsedAt(dev)).isEmpty();

        apiKeys.revoke(bob, Precondition.none());
        assertThat(sshKeys.find(certified("ops"), null)).isEmpty();
        assertThat(sshKeys.find(certified("dev", "ops"), null))
                .as("of one that is valid")
                .isPresent();
        assertThat(sshKeys.remove(alice, dev.id())).isTrue();
        assertThat(sshKeys.find(certified("dev"), null)).isEmpty();
    }

    @Test
    void aCaHasThePrincipalsThatItWasGivenLast() {
        SshKey first = addAuthority(alice, "ops", "dev", "dev");
        assertThat(first.principals()).containsExactly("dev", "ops");
        fails(() -> addAuthority(bob, "dev"), ErrorCode.SSH_KEY_TAKEN);
        assertThat(addAuthority(alice, "ops").id()).isEqualTo(first.id());
        assertThat(sshKeys.find(certified("dev"), null)).isEmpty();
        addAuthority(bob, "dev");
        fails(() -> addAuthority(alice, "dev", "ops"), ErrorCode.SSH_KEY_TAKEN);
        assertThat(sshKeys.of(alice)).hasSize(1);
    }

    @Test
    void aCaIsOfOneAccount() {
        Key tenant = makeKeyOf("0123456789ab");
        addAuthority(alice, "dev");
        fails(() -> addAuthority(tenant, "ops"), ErrorCode.SSH_KEY_TAKEN);
        apiKeys.revoke(alice, Precondition.none());
        addAuthority(tenant, "ops");
    }

    @Test
    void aProofTakesACaFromAllApiKeysOfOtherAccounts() {
        Key stranger = makeKeyOf("0123456789ab");
        Key another = makeKeyOf("0123456789ab");
        addAuthority(stranger, "dev");
        addAuthority(another, "ops");
        fails(() -> addAuthority(alice, "dev"), ErrorCode.SSH_KEY_TAKEN);

        SshKey own = addAuthority(alice, true, "dev");
        assertThat(sshKeys.find(certified("dev"), null)).map(Key::id).hasValue(alice.id());
        assertThat(sshKeys.find(certified("ops"), null)).isEmpty();
        assertThat(sshKeys.of(stranger)).isEmpty();
        SshKeys restarted = new SshKeys(store, apiKeys, clock);
        assertThat(restarted.of(another)).isEmpty();
        assertThat(restarted.of(alice)).containsExactly(own);
        fails(() -> addAuthority(stranger, "dev"), ErrorCode.SSH_KEY_TAKEN);
        fails(() -> addAuthority(stranger, "other"), ErrorCode.SSH_KEY_TAKEN);
    }

    @Test
    void aProofForAnExpiredCaTakesItBack() {
        Key stranger = makeKeyOf("0123456789ab");
        SshKey own = sshKeys.add(
                        alice,
                        new NewSshKey(
                                PUBLIC,
                                List.of("dev"),
                                false,
                                null,
                                clock.instant().plusSeconds(5)),
                        bob,
                        Precondition.none())
                .key();
        clock.advance(Duration.ofSeconds(5));
        addAuthority(stranger, "dev", "ops");
        assertThat(addAuthority(alice, true, "dev").id()).isEqualTo(own.id());
        assertThat(sshKeys.find(certified("dev"), null)).map(Key::id).hasValue(alice.id());
        assertThat(sshKeys.of(stranger)).isEmpty();
        assertThat(new SshKeys(store, apiKeys, clock).find(certified("dev"), null))
                .as("after a restart")
                .isPresent();
    }

    @Test
    void aProofDoesNotDecideAboutThePrincipalsOfAnAccount() {
        addAuthority(alice, "dev");
        fails(() -> addAuthority(bob, true, "dev"), ErrorCode.SSH_KEY_TAKEN);
        addAuthority(bob, true, "ops");
        assertThat(sshKeys.of(alice)).hasSize(1);
    }

    @Test
    void noMoreAreKeptThanHaveRoom() {
        for (int i = 0; i < SshKeys.MAX_KEYS; i++) {
            add(alice, publicKey(100 + i));
        }
        fails(() -> add(alice, PUBLIC), ErrorCode.TOO_MANY_KEYS);
        add(alice, publicKey(100));
        add(bob, PUBLIC);
    }

    @Test
    void whenItWasUsedIsKept() {
        SshKey added = add(alice, PUBLIC);
        assertThat(login()).isNotNull();
        assertThat(sshKeys.lastUsedAt(added)).as("asked for, and not used").isEmpty();
        sshKeys.used(plain(PUBLIC));
        sshKeys.used(plain(publicKey(2)));
        assertThat(sshKeys.lastUsedAt(added)).hasValue(clock.instant());
        assertThat(apiKeys.lastUsedAt(alice)).hasValue(clock.instant());
        sshKeys.storeLastUses().join();
        assertThat(new SshKeys(store, apiKeys, clock).lastUsedAt(added)).hasValue(clock.instant());
    }
}

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
        return sshKeys.add(key, publicKey, "label", null, bob).key();
    }

    private Key login() {
        return sshKeys.find(PUBLIC.bytes(), null).orElseThrow();
    }

    @Test
    void itStandsForItsApiKey() {
        SshKey added = add(alice, PUBLIC);
        assertThat(added.addedBy()).isEqualTo(bob.id());
        assertThat(login().id()).isEqualTo(alice.id());
        assertThat(login().scopes()).containsExactly(Scope.WRITE_VM);
        assertThat(sshKeys.find(publicKey(2).bytes(), null)).isEmpty();
        assertThat(sshKeys.find(new byte[0], null)).isEmpty();
        assertThat(new SshKeys(store, apiKeys, clock).find(PUBLIC.bytes(), null))
                .as("after a restart")
                .isPresent();
    }

    @Test
    void itEndsWithItsApiKey() {
        add(alice, PUBLIC);
        Key open = login();
        apiKeys.revoke(alice);
        assertThat(apiKeys.isStillValid(open)).isFalse();
        assertThat(sshKeys.find(PUBLIC.bytes(), null)).isEmpty();
        fails(() -> add(alice, publicKey(2)), ErrorCode.KEY_ENDED);
    }

    @Test
    void itEndsWhenItsApiKeyExpires() {
        Key dayLong = apiKeys.create(new NewKey(
                        "n", Tenant.operator(), Set.of(Scope.READ_VM), null, null, Duration.ofDays(1), null, Map.of()))
                .key();
        add(dayLong, PUBLIC);
        Key open = login();
        clock.advance(Duration.ofDays(1));
        assertThat(apiKeys.isStillValid(open)).isFalse();
        assertThat(sshKeys.find(PUBLIC.bytes(), null)).isEmpty();
    }

    @Test
    void itEndsByItsOwnExpiry() {
        sshKeys.add(alice, PUBLIC, null, clock.instant().plusSeconds(5), bob);
        assertThat(login().id()).isEqualTo(alice.id());
        clock.advance(Duration.ofSeconds(5));
        assertThat(sshKeys.find(PUBLIC.bytes(), null)).isEmpty();
        assertThat(add(bob, PUBLIC).keyId()).as("free for another one").isEqualTo(bob.id());
    }

    @Test
    void whatIsRemovedEndsAtOnce() {
        SshKey added = add(alice, PUBLIC);
        assertThat(sshKeys.remove(bob, added.id())).as("not his").isFalse();
        assertThat(login().id()).isEqualTo(alice.id());
        assertThat(sshKeys.remove(alice, added.id())).isTrue();
        assertThat(sshKeys.find(PUBLIC.bytes(), null)).isEmpty();
        assertThat(sshKeys.remove(alice, added.id())).isFalse();
    }

    @Test
    void rotatingTheSecretOfTheApiKeyEndsNothing() {
        add(alice, PUBLIC);
        Key open = login();
        apiKeys.rotate(alice, Duration.ZERO);
        assertThat(apiKeys.isStillValid(open)).isTrue();
        assertThat(sshKeys.find(PUBLIC.bytes(), null)).isPresent();
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
        assertThat(sshKeys.find(PUBLIC.bytes(), InetAddress.getByName("10.1.2.3")))
                .isPresent();
        assertThat(sshKeys.find(PUBLIC.bytes(), InetAddress.getByName("192.0.2.1")))
                .isEmpty();
        assertThat(sshKeys.find(PUBLIC.bytes(), null)).isEmpty();
    }

    @Test
    void theSameAgainChangesNothing() {
        SshKeys.Added first = sshKeys.add(alice, PUBLIC, "l", null, alice);
        clock.advance(Duration.ofSeconds(1));
        SshKeys.Added again = sshKeys.add(alice, PUBLIC, "l", null, bob);
        assertThat(first.isNew()).isTrue();
        assertThat(again).isEqualTo(new SshKeys.Added(first.key(), false));
        assertThat(sshKeys.of(alice)).containsExactly(first.key());

        Instant soon = clock.instant().plusSeconds(5);
        SshKey changed = sshKeys.add(alice, PUBLIC, "other", soon, bob).key();
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

        apiKeys.revoke(alice);
        SshKey moved = add(bob, PUBLIC);
        assertThat(login().id()).isEqualTo(bob.id());
        assertThat(sshKeys.of(alice)).isEmpty();
        assertThat(new SshKeys(store, apiKeys, clock).of(bob)).containsExactly(moved);
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
        sshKeys.used(PUBLIC.bytes());
        sshKeys.used(publicKey(2).bytes());
        assertThat(sshKeys.lastUsedAt(added)).hasValue(clock.instant());
        assertThat(apiKeys.lastUsedAt(alice)).hasValue(clock.instant());
        sshKeys.storeLastUses().join();
        assertThat(new SshKeys(store, apiKeys, clock).lastUsedAt(added)).hasValue(clock.instant());
    }
}

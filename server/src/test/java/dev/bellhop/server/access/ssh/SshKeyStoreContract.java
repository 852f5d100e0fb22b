// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access.ssh;

import static dev.bellhop.server.audit.AuditedWrites.assertFailsUnrecorded;
import static dev.bellhop.server.audit.AuditedWrites.assertRecorded;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.KeyStore;
import dev.bellhop.server.access.KeyStore.StoredKey;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.access.ssh.SshKeyStore.Stored;
import dev.bellhop.server.audit.AuditStore;
import dev.bellhop.server.sshkey.PublicKey;
import dev.bellhop.server.tenant.Tenant;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What every {@link SshKeyStore} does, whatever it keeps keys in. */
public abstract class SshKeyStoreContract {
    private static final Instant ADDED = Instant.parse("2026-03-01T00:00:00.001Z");
    private static final String OWNER = "4b1d7c09e2aa";

    /** The store under test, empty when a test begins. */
    protected abstract SshKeyStore store();

    /** Closes the store and opens another one on what it has kept. */
    protected abstract SshKeyStore reopened() throws Exception;

    /** The audit trail of the same place. */
    protected abstract AuditStore audit();

    /** The API keys of the same place. */
    protected abstract KeyStore apiKeys();

    /** A public key that no other number has. */
    public static PublicKey publicKey(int number) {
        byte[] type = "ssh-ed25519".getBytes(StandardCharsets.US_ASCII);
        byte[] blob = ByteBuffer.allocate(4 + type.length + 4 + 32)
                .putInt(type.length)
                .put(type)
                .putInt(32)
                .putInt(number)
                .array();
        return PublicKey.parse("ssh-ed25519 " + Base64.getEncoder().encodeToString(blob))
                .orElseThrow();
    }

    /** One with an id of its number. */
    public static SshKey sshKey(int number, String keyId) {
        return new SshKey(
                "%012x".formatted(number),
                keyId,
                publicKey(number),
                null,
                "gr\u00fc\u00dfe '\" " + number,
                ADDED.plusMillis(number),
                "0000000000aa",
                ADDED.plusSeconds(60));
    }

    private static SshKey changed(SshKey key, @Nullable String label) {
        return key.with(NewSshKey.plain(key.publicKey(), label, null));
    }

    /** The CA of a number, for an API key. */
    private static SshKey authority(int number, String keyId, String... principals) {
        SshKey plain = sshKey(number, keyId);
        return new SshKey(
                "%012x".formatted(number + 1000 + keyId.length()),
                keyId,
                plain.publicKey(),
                List.of(principals),
                null,
                plain.addedAt(),
                OWNER,
                null);
    }

    private static List<SshKey> keys(SshKeyStore store) {
        return store.all().stream().map(Stored::key).toList();
    }

    @Test
    void keysAreKeptAsTheyWereOldestFirst() throws Exception {
        assertThat(store().all()).isEmpty();
        SshKey plain = new SshKey("0000000000ff", OWNER, publicKey(7), null, null, ADDED, OWNER, null);
        store().insert(sshKey(2, OWNER)).join();
        store().insert(sshKey(1, "other")).join();
        store().insert(plain).join();

        List<SshKey> all = List.of(plain, sshKey(1, "other"), sshKey(2, OWNER));
        assertThat(keys(store())).isEqualTo(all);
        assertThat(keys(reopened())).isEqualTo(all);
    }

    @Test
    void anIdAndAFingerprintAreStoredOnce() throws Exception {
        SshKey one = sshKey(1, OWNER);
        store().insert(one).join();
        assertFailsUnrecorded(
                audit(),
                () -> store().insert(new SshKey("0000000000ff", "x", one.publicKey(), null, null, ADDED, "x", null)));
        assertFailsUnrecorded(
                audit(), () -> store().insert(new SshKey(one.id(), "x", publicKey(2), null, null, ADDED, "x", null)));
        assertThat(keys(reopened())).containsExactly(one);
    }

    @Test
    void aCaIsStoredOnceForEachApiKeyAndBesideTheSameKeyThatLogsIn() throws Exception {
        SshKey plain = sshKey(1, OWNER);
        SshKey one = authority(1, OWNER, "dev", "ops");
        SshKey other = authority(1, "other", "web");
        store().insert(plain).join();
        store().insert(one).join();
        store().insert(other).join();
        assertFailsUnrecorded(
                audit(),
                () -> store().insert(new SshKey(
                        "0000000000fe", OWNER, one.publicKey(), List.of("x"), null, ADDED, OWNER, null)));
        assertThat(keys(reopened())).containsExactlyInAnyOrder(plain, one, other);

        SshKey changed = authority(1, OWNER, "dev");
        store().update(changed).join();
        assertThat(keys(reopened())).containsExactlyInAnyOrder(plain, changed, other);
    }

    @Test
    void oneTakesThePlaceOfAnother() throws Exception {
        SshKey one = sshKey(1, OWNER);
        SshKey same = new SshKey("0000000000ff", "other", one.publicKey(), null, null, ADDED, OWNER, null);
        store().insert(one).join();
        store().insert(sshKey(2, OWNER)).join();
        store().insertInPlaceOf(List.of(one), same).join();
        assertThat(keys(reopened())).containsExactly(same, sshKey(2, OWNER));

        assertFailsUnrecorded(audit(), () -> store().insertInPlaceOf(List.of(same), sshKey(2, "other")));
        assertThat(keys(store())).as("both or neither").hasSize(2);
        store().insertInPlaceOf(List.of(one), sshKey(3, OWNER)).join();
        assertThat(keys(store())).as("the other one was gone already").hasSize(3);

        SshKey two = sshKey(2, OWNER);
        SshKey again = changed(two, "again");
        store().insertInPlaceOf(List.of(same, two), again).join();
        assertThat(keys(reopened())).as("an update that deletes others").containsExactly(again, sshKey(3, OWNER));
    }

    @Test
    void aChangeTouchesNothingElse() throws Exception {
        SshKey one = sshKey(1, OWNER);
        store().insert(one).join();
        store().insert(sshKey(2, OWNER)).join();
        Instant used = ADDED.plusSeconds(7);
        store().updateLastUsed(Map.of(one.id(), used)).join();
        store().updateLastUsed(Map.of(one.id(), used.minusSeconds(1))).join();
        store().update(changed(one, null)).join();

        SshKeyStore reopened = reopened();
        assertThat(reopened.all())
                .containsExactly(new Stored(changed(one, null), used), new Stored(sshKey(2, OWNER), null));
        assertThat(reopened.lastUsed()).containsExactly(Map.entry(one.id(), used));
        assertFailsUnrecorded(audit(), () -> store().update(sshKey(3, OWNER)));
    }

    @Test
    void whatIsDeletedIsGone() throws Exception {
        store().insert(sshKey(1, OWNER)).join();
        store().insert(sshKey(2, OWNER)).join();
        store().delete(sshKey(1, OWNER)).join();
        store().delete(sshKey(1, OWNER)).join();
        store().updateLastUsed(Map.of(sshKey(1, OWNER).id(), ADDED)).join();
        assertThat(keys(reopened())).containsExactly(sshKey(2, OWNER));
    }

    @Test
    void anApiKeyThatIsForgottenTakesItsOwnAlong() throws Exception {
        apiKeys().insert(apiKey("aaaaaaaaaaaa")).join();
        store().all();
        store().insert(sshKey(1, "aaaaaaaaaaaa")).join();
        store().insert(sshKey(2, OWNER)).join();
        apiKeys()
                .insertInPlaceOf(apiKey("aaaaaaaaaaaa").key(), apiKey("bbbbbbbbbbbb"))
                .join();
        assertThat(keys(reopened())).containsExactly(sshKey(2, OWNER));
    }

    private static StoredKey apiKey(String id) {
        Key key = new Key(
                id, "n", Tenant.operator(), Set.of(Scope.READ_VM), null, null, ADDED, null, null, 1, null, Map.of());
        return new StoredKey(key, new byte[32], null, null);
    }

    @Test
    void eachChangeIsRecordedWithIt() {
        SshKey one = sshKey(1, OWNER);
        assertRecorded(audit(), () -> store().insert(one));
        assertRecorded(audit(), () -> store().update(changed(one, "x")));
        assertRecorded(audit(), () -> store().insertInPlaceOf(List.of(one), sshKey(2, OWNER)));
        assertRecorded(audit(), () -> store().delete(sshKey(2, OWNER)));
    }
}

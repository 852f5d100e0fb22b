// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

import dev.bellhop.server.access.KeyStore.StoredKey;
import dev.bellhop.server.failure.Writes;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Consumer;

/**
 * The API keys. All are held in memory, so that a request costs one hash and one comparison and no query; a change is
 * durable before it takes effect. Thread safe.
 */
public final class Keys {
    private static final Comparator<Key> OLDEST_FIRST =
            Comparator.comparing(Key::createdAt).thenComparing(Key::id);

    private final KeyStore store;
    private final Clock clock;
    private final Object revoking = new Object();
    private final ConcurrentMap<String, StoredKey> byId = new ConcurrentHashMap<>();

    public Keys(KeyStore store, Clock clock) {
        this.store = store;
        this.clock = clock;
        store.all().forEach(stored -> byId.put(stored.key().id(), stored));
    }

    /**
     * A key just made.
     *
     * @param secret what its holder is to send; shown now and never again
     */
    public record Created(Key key, String secret) {
        @Override
        public String toString() {
            return "Created[" + key.id() + "]";
        }
    }

    /** The key that this text is the secret of, if it is one and is valid now. */
    public Optional<Key> authenticate(String secretText) {
        return KeySecret.parse(secretText).flatMap(this::authenticate);
    }

    Optional<Key> authenticate(KeySecret secret) {
        StoredKey stored = byId.get(secret.keyId());
        if (stored == null || !MessageDigest.isEqual(stored.secretHash(), secret.hash())) {
            return Optional.empty();
        }
        return Optional.of(stored.key()).filter(key -> key.validAt(clock.instant()));
    }

    /** Whether there is a key with this id and it is valid now. */
    boolean isValid(String id) {
        return find(id).filter(key -> key.validAt(clock.instant())).isPresent();
    }

    /** Makes a key; returns once it is durable. */
    public Created create(NewKey wanted) {
        return create(wanted, secret -> {});
    }

    /** As the other, and hands the secret over before the key is valid. */
    public Created create(NewKey wanted, Consumer<String> beforeValid) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        KeySecret secret = KeySecret.generate();
        Duration lifetime = wanted.lifetime();
        Instant expiresAt = lifetime == null ? null : now.plus(lifetime);
        Key key = new Key(
                secret.keyId(), wanted.name(), wanted.account(), wanted.scopes(), wanted.vms(), now, expiresAt, null);
        StoredKey stored = new StoredKey(key, secret.hash());
        beforeValid.accept(secret.reveal());
        Writes.await(store.insert(stored));
        byId.put(key.id(), stored);
        return new Created(key, secret.reveal());
    }

    /** Whether some key that is valid now allows this. */
    public boolean anyValid(Scope scope) {
        Instant now = clock.instant();
        return byId.values().stream().map(StoredKey::key).anyMatch(key -> key.validAt(now) && key.allows(scope));
    }

    /** How many keys of an account are valid now. */
    long validOf(String account) {
        Instant now = clock.instant();
        return byId.values().stream()
                .map(StoredKey::key)
                .filter(key -> account.equals(key.account()) && key.validAt(now))
                .count();
    }

    /** Whether a key that let a request in would let it in now, too. */
    public boolean isStillValid(Key key) {
        return isValid(key.id());
    }

    /** All keys, revoked and expired ones included, oldest first. */
    public List<Key> list() {
        return byId.values().stream().map(StoredKey::key).sorted(OLDEST_FIRST).toList();
    }

    public Optional<Key> find(String id) {
        return Optional.ofNullable(byId.get(id)).map(StoredKey::key);
    }

    /** Ends a key at once and for ever; returns once that is durable. Revoking again changes nothing. */
    public void revoke(Key key) {
        synchronized (revoking) {
            StoredKey stored = byId.get(key.id());
            if (stored == null || stored.key().revokedAt() != null) {
                return;
            }
            Key revoked = stored.key().revoked(clock.instant().truncatedTo(ChronoUnit.MILLIS));
            Writes.await(store.updateRevoked(revoked));
            byId.put(key.id(), new StoredKey(revoked, stored.secretHash()));
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

import dev.bellhop.server.access.KeyStore.OldSecret;
import dev.bellhop.server.access.KeyStore.StoredKey;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.OutdatedException;
import dev.bellhop.server.failure.Precondition;
import dev.bellhop.server.failure.Writes;
import dev.bellhop.server.failure.Written;
import dev.bellhop.server.policy.Policy;
import dev.bellhop.server.tenant.Tenant;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Manages the API keys. All are held in memory, so a request costs one hash, one comparison and no query. A change is
 * durable before it takes effect. Thread safe.
 */
public final class Keys implements RecordedUses {
    private static final Comparator<Key> OLDEST_FIRST =
            Comparator.comparing(Key::createdAt).thenComparing(Key::id);

    private static final int FIRST_SECRET = 1;

    /**
     * The number of keys kept per account. Accounts create keys themselves, and all keys are held in memory and read at
     * each start.
     */
    public static final int MAX_KEYS = 1_000;

    private final KeyStore store;
    private final Clock clock;
    /** Held while a key is created, revoked or rotated, so no change undoes another and the limit holds. */
    private final Object changing = new Object();

    private final LastUses lastUses = new LastUses();
    private final ConcurrentMap<String, StoredKey> byId = new ConcurrentHashMap<>();

    public Keys(KeyStore store, Clock clock) {
        this.store = store;
        this.clock = clock;
        reload();
    }

    /**
     * Reloads the keys from the store, where another server may have changed them. A key that is valid before and after
     * the reload is valid throughout.
     */
    public void reload() {
        synchronized (changing) {
            Map<String, StoredKey> all = new HashMap<>();
            for (StoredKey stored : store.all()) {
                all.put(stored.key().id(), stored);
                if (stored.lastUsedAt() != null) {
                    lastUses.known(stored.key().id(), stored.lastUsedAt());
                }
            }
            byId.putAll(all);
            byId.keySet().retainAll(all.keySet());
        }
    }

    private <T> T redo(Supplier<T> change) {
        return OutdatedException.redo(OutdatedException.Kind.KEYS, this::reload, change);
    }

    /** A new key with the secret that its holder sends. The secret is shown now and never again. */
    public record Created(Key key, String secret) {
        @Override
        public String toString() {
            return "Created[" + key.id() + "]";
        }
    }

    /** Returns the key with this secret if it is valid now. */
    public Optional<Key> authenticate(String secretText) {
        return KeySecret.parse(secretText).flatMap(this::authenticate);
    }

    /** Like {@link #authenticate(String)}; the returned key has the number of this secret. */
    Optional<Key> authenticate(KeySecret secret) {
        StoredKey stored = byId.get(secret.keyId());
        if (stored == null) {
            return Optional.empty();
        }
        Instant now = clock.instant();
        Optional<Key> key = stored.provedBy(secret.hash(), now).filter(proved -> proved.validAt(now));
        key.ifPresent(proved -> lastUses.used(proved.id(), now));
        return key;
    }

    /**
     * Ensures that this server's keys match the stored ones.
     *
     * @throws BellhopException {@code STORE_UNAVAILABLE} if the server cannot know which keys are valid now
     */
    public void requireCurrent() {
        store.requireCurrent();
    }

    /** Returns whether a key with this id is valid now and can be used from this address. */
    boolean isValid(String id, @Nullable InetAddress from) {
        store.requireCurrent();
        return find(id).filter(key -> key.validAt(clock.instant()) && key.mayComeFrom(from))
                .isPresent();
    }

    /**
     * Returns the key with this id, for holders that authenticate without its secret. Empty if it is not valid now or
     * cannot be used from this address. It stays valid when the secret is rotated.
     *
     * @param from absent if it is unknown
     * @throws BellhopException {@code STORE_UNAVAILABLE} if this server cannot know which keys are valid now
     */
    public Optional<Key> withoutSecret(String id, @Nullable InetAddress from) {
        return isValid(id, from) ? find(id).map(key -> key.withSecret(Key.NO_SECRET)) : Optional.empty();
    }

    /** Records the use of a key without its secret. */
    public void used(Key key) {
        lastUses.used(key.id(), clock.instant());
    }

    /**
     * Creates a key; returns when it is durable. If its account already has the maximum number of keys, deletes the
     * oldest that has ended, with its SSH keys; throws {@code TOO_MANY_KEYS} if none has ended.
     */
    public Created create(NewKey wanted) {
        return create(wanted, created -> {});
    }

    /** Like {@link #create(NewKey)}, and passes on the key before it is valid. */
    public Created create(NewKey wanted, Consumer<Created> beforeValid) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        KeySecret secret = KeySecret.generate();
        Key key = new Key(
                secret.keyId(),
                wanted.name(),
                wanted.tenant(),
                wanted.scopes(),
                wanted.vms(),
                wanted.networks(),
                now,
                wanted.expiresAt(),
                null,
                FIRST_SECRET,
                wanted.policy(),
                wanted.labels());
        StoredKey stored = new StoredKey(key, secret.hash(), null, null);
        Created created = new Created(key, secret.reveal());
        return redo(() -> {
            synchronized (changing) {
                Optional<Key> forgotten = toForget(wanted.tenant(), now);
                beforeValid.accept(created);
                Writes.await(forgotten
                        .map(ended -> store.insertInPlaceOf(ended, stored))
                        .orElseGet(() -> store.insert(stored)));
                forgotten.ifPresent(ended -> {
                    byId.remove(ended.id());
                    lastUses.forget(ended.id());
                });
                byId.put(key.id(), stored);
                return created;
            }
        });
    }

    /** Returns the ended key to delete to make room for another key of an account; empty if there is room. */
    private Optional<Key> toForget(Tenant tenant, Instant now) {
        if (tenant.isOperator()) {
            return Optional.empty();
        }
        List<Key> kept = list(key -> tenant.equals(key.tenant()));
        if (kept.size() < MAX_KEYS) {
            return Optional.empty();
        }
        Optional<Key> ended = kept.stream().filter(key -> !key.validAt(now)).findFirst();
        if (ended.isEmpty()) {
            throw new BellhopException(
                    ErrorCode.TOO_MANY_KEYS,
                    "Cannot make one more key of this account because " + MAX_KEYS
                            + " valid ones are as many as it may have; revoke one first");
        }
        return ended;
    }

    public boolean anyValid(Scope scope) {
        Instant now = clock.instant();
        return byId.values().stream().map(StoredKey::key).anyMatch(key -> key.validAt(now) && key.allows(scope));
    }

    long validOf(Tenant tenant) {
        Instant now = clock.instant();
        return byId.values().stream()
                .map(StoredKey::key)
                .filter(key -> tenant.equals(key.tenant()) && key.validAt(now))
                .count();
    }

    /** Returns whether a key that admitted a request would still admit it, with no fewer rights. */
    public boolean isStillValid(Key key) {
        StoredKey stored = byId.get(key.id());
        Instant now = clock.instant();
        return stored != null
                && stored.key().validAt(now)
                && stored.takes(key.secretNumber(), now)
                && stored.key().keepsRightsOf(key);
    }

    /** Returns the last use of a key, to the second; empty if it was never used. */
    public Optional<Instant> lastUsedAt(Key key) {
        return lastUses.of(key.id());
    }

    /** Returns the time until which the previous secret is valid; empty if it is no longer valid. */
    public Optional<Instant> oldSecretUntil(Key key) {
        Instant now = clock.instant();
        return Optional.ofNullable(byId.get(key.id()))
                .map(StoredKey::old)
                .filter(old -> old.isValidAt(now))
                .map(OldSecret::until);
    }

    @Override
    public CompletableFuture<Void> storeLastUses() {
        return lastUses.store(store::updateLastUsed);
    }

    @Override
    public void loadLastUses() {
        store.lastUsed().forEach(lastUses::known);
    }

    /** Returns the matching keys, including revoked and expired ones, oldest first. */
    public List<Key> list(Predicate<Key> wanted) {
        return byId.values().stream()
                .map(StoredKey::key)
                .filter(wanted)
                .sorted(OLDEST_FIRST)
                .toList();
    }

    public Optional<Key> find(String id) {
        return Optional.ofNullable(byId.get(id)).map(StoredKey::key);
    }

    /** Revokes a key permanently; returns when that is durable. Revoking it again changes nothing. */
    public void revoke(Key key, Precondition<Key> condition) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        var _ = change(key, stored -> {
            condition.require(stored.key());
            return stored.key().revokedAt() == null
                    ? withKey(stored, stored.key().revoked(now))
                    : null;
        });
    }

    /**
     * Sets or removes the policy of a key; returns when that is durable. Empty if there is no such key.
     *
     * @param allowed checked on the key before {@code condition} is checked on its policy
     */
    public Optional<Written> setPolicy(
            Key key, @Nullable Policy policy, Precondition<Key> allowed, Precondition<Policy> condition) {
        AtomicReference<Written> written = new AtomicReference<>();
        return change(key, stored -> {
                    allowed.require(stored.key());
                    Policy present = stored.key().policy();
                    condition.require(present);
                    written.set(present == null ? Written.CREATED : Written.REPLACED);
                    return withKey(stored, stored.key().withPolicy(policy));
                })
                .map(_ -> written.get());
    }

    /**
     * Changes a key; returns it when that is durable. Empty if there is no such key.
     *
     * @param change called with the present key, while no other change can happen; can throw
     */
    public Optional<Key> update(Key key, UnaryOperator<Key> change, Precondition<Key> condition) {
        return change(key, stored -> {
                    Key changed = change.apply(stored.key());
                    condition.require(stored.key());
                    return withKey(stored, changed);
                })
                .map(StoredKey::key);
    }

    private static StoredKey withKey(StoredKey stored, Key key) {
        return new StoredKey(key, stored.secretHash(), stored.old(), null);
    }

    /**
     * Gives a key a new secret; returns when it is durable. Of the earlier secrets, only the present one stays valid,
     * for {@code overlap}. Throws {@code KEY_ENDED} if the key is revoked or has expired.
     *
     * @param allowed checks whether the caller can see the secret of the key in this state
     */
    public Created rotate(Key key, Duration overlap, Precondition<Key> allowed) {
        KeySecret secret = KeySecret.generate(key.id());
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        StoredKey rotated = change(key, stored -> {
                    allowed.require(stored.key());
                    if (!stored.key().validAt(now)) {
                        throw ended();
                    }
                    OldSecret old = overlap.isZero() ? null : new OldSecret(stored.secretHash(), now.plus(overlap));
                    Key next = stored.key().withSecret(stored.key().secretNumber() + 1);
                    return new StoredKey(next, secret.hash(), old, null);
                })
                .orElseThrow(Keys::ended);
        return new Created(rotated.key(), secret.reveal());
    }

    private static BellhopException ended() {
        return new BellhopException(
                ErrorCode.KEY_ENDED,
                "Cannot give this key another secret because it is revoked or has expired; create another key");
    }

    /**
     * Changes a key; returns its new state when that is durable. Empty if there is no such key.
     *
     * @param change returns null to leave the key unchanged
     */
    private Optional<StoredKey> change(Key key, Function<StoredKey, @Nullable StoredKey> change) {
        return redo(() -> {
            synchronized (changing) {
                StoredKey stored = byId.get(key.id());
                if (stored == null) {
                    return Optional.empty();
                }
                @Nullable StoredKey changed = change.apply(stored);
                if (changed == null) {
                    return Optional.of(stored);
                }
                Writes.await(store.update(changed));
                byId.put(key.id(), changed);
                return Optional.of(changed);
            }
        });
    }
}

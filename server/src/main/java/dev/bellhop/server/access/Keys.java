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
 * The API keys. All are held in memory, so that a request costs one hash and one comparison and no query; a change is
 * durable before it takes effect. Thread safe.
 */
public final class Keys implements RecordedUses {
    private static final Comparator<Key> OLDEST_FIRST =
            Comparator.comparing(Key::createdAt).thenComparing(Key::id);

    private static final int FIRST_SECRET = 1;

    /** Kept of one account, whose holders make them themselves: all are held in memory, and read at each start. */
    public static final int MAX_KEYS = 1_000;

    private final KeyStore store;
    private final Clock clock;
    /** Held while a key is made, revoked or rotated: none undoes the other, and none is made beyond the limit. */
    private final Object changing = new Object();

    private final LastUses lastUses = new LastUses();
    private final ConcurrentMap<String, StoredKey> byId = new ConcurrentHashMap<>();

    public Keys(KeyStore store, Clock clock) {
        this.store = store;
        this.clock = clock;
        reload();
    }

    /** Takes what is stored, which another server may have changed. A key that was valid and is so is valid all the time. */
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

    /** A key just made, with the secret that its holder sends; it is shown now and never again. */
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

    /** As the other; the key has the number of the secret that it was. */
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
     * Makes sure that what this server knows of keys is what is stored.
     *
     * @throws BellhopException {@code STORE_UNAVAILABLE} where it cannot tell which are valid now
     */
    public void requireCurrent() {
        store.requireCurrent();
    }

    /** Whether there is a key with this id, and it is valid now and may be used from this address. */
    boolean isValid(String id, @Nullable InetAddress from) {
        store.requireCurrent();
        return find(id).filter(key -> key.validAt(clock.instant()) && key.mayComeFrom(from))
                .isPresent();
    }

    /**
     * The key with an id, for who proves by something else than its secret to be its holder; empty where it is not valid now, or
     * may not be used from this address. It stays valid when the secret is rotated.
     *
     * @param from absent where it is not known
     * @throws BellhopException {@code STORE_UNAVAILABLE} where this server cannot tell which keys are valid now
     */
    public Optional<Key> withoutSecret(String id, @Nullable InetAddress from) {
        return isValid(id, from) ? find(id).map(key -> key.withSecret(Key.NO_SECRET)) : Optional.empty();
    }

    /** Notes that a key without its secret was used. */
    public void used(Key key) {
        lastUses.used(key.id(), clock.instant());
    }

    /**
     * Makes a key; returns once it is durable. Where its account has as many as are kept, the oldest that has ended is
     * forgotten, with its SSH keys; throws {@code TOO_MANY_KEYS} where none has.
     */
    public Created create(NewKey wanted) {
        return create(wanted, created -> {});
    }

    /** The same, and hands the key over before it is valid. */
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

    /** The key that makes room for one more of an account; empty where there is room. */
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

    /** Whether a key that let a request in would let it in now, too, and has lost none of its rights since. */
    public boolean isStillValid(Key key) {
        StoredKey stored = byId.get(key.id());
        Instant now = clock.instant();
        return stored != null
                && stored.key().validAt(now)
                && stored.takes(key.secretNumber(), now)
                && stored.key().keepsRightsOf(key);
    }

    /** When a key was used last, to the second; empty where it was not. */
    public Optional<Instant> lastUsedAt(Key key) {
        return lastUses.of(key.id());
    }

    /** Until when the secret before the present one is valid; empty where it is not any more. */
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

    /** The keys that are wanted, revoked and expired ones included, oldest first. */
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

    /** Ends a key at once and for ever; returns once that is durable. Revoking again changes nothing. */
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
     * Sets the policy of a key, or takes it away; returns once that is durable. Empty if there is no such key.
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
     * Changes a key; returns it once that is durable. Empty if there is no such key.
     *
     * @param change gets the present key, while no other change can happen; may throw
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
     * Gives a key another secret; returns once it is durable. Of the earlier ones, only the present one stays valid,
     * for {@code overlap}. Throws {@code KEY_ENDED} where the key is revoked or has expired.
     *
     * @param allowed whether the caller may see the secret of the key in this state
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
     * Changes a key; returns what it is once that is durable, and nothing where there is no such key.
     *
     * @param change gives nothing where the key stays as it is
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

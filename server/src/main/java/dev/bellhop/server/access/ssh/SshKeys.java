// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access.ssh;

import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.Keys;
import dev.bellhop.server.access.LastUses;
import dev.bellhop.server.access.RecordedUses;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.OutdatedException;
import dev.bellhop.server.failure.OutdatedException.Kind;
import dev.bellhop.server.failure.Precondition;
import dev.bellhop.server.failure.Writes;
import dev.bellhop.server.sshkey.OfferedKey;
import java.net.InetAddress;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Maps SSH keys to API keys. An SSH key of an ended API key maps to nothing and can be registered for another API key.
 *
 * <p>For the SSH door: {@link #find} returns the API key of a public key, before and after the client proves that it
 * has the private half. {@link #used} records that it did. Afterwards, call {@link #find} again once a second for each
 * open session, as all code does that follows a command or keeps a terminal. It only looks in memory. It finds nothing
 * as soon as the API key is revoked or expires, or the SSH key is removed or expires, and within two seconds if that
 * was done through another server of the cluster. There are no callbacks.
 *
 * <p>A CA's key maps to an API key if a certificate has any of its principals. It can be registered for several API
 * keys of one account, each with its own principals. A certificate with principals of two API keys maps to nothing.
 * This class does not verify certificates.
 *
 * <p>All data is held in memory; a change is durable before it takes effect. Thread safe.
 */
public final class SshKeys implements RecordedUses {
    /** The maximum per API key. */
    public static final int MAX_KEYS = 100;

    private static final int ID_BYTES = 6;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final SshKeyStore store;
    private final Keys apiKeys;
    private final Clock clock;
    /** Held while an SSH key is added or removed, so none is added twice or beyond the limit. */
    private final Object changing = new Object();

    private final LastUses lastUses = new LastUses();
    private volatile SshKeyIndex index = SshKeyIndex.of(List.of());

    public SshKeys(SshKeyStore store, Keys apiKeys, Clock clock) {
        this.store = store;
        this.apiKeys = apiKeys;
        this.clock = clock;
        reload();
    }

    /** Reloads the SSH keys from the store, where another server may have changed them. */
    public void reload() {
        synchronized (changing) {
            List<SshKeyStore.Stored> all = store.all();
            for (SshKeyStore.Stored stored : all) {
                if (stored.lastUsedAt() != null) {
                    lastUses.known(stored.key().id(), stored.lastUsedAt());
                }
            }
            index = SshKeyIndex.of(all.stream().map(SshKeyStore.Stored::key).toList());
        }
    }

    private <T> T redo(Supplier<T> change) {
        return OutdatedException.redo(
                Kind.KEYS,
                apiKeys::reload,
                () -> OutdatedException.redo(Kind.SSH_KEYS, this::reload, () -> {
                    synchronized (changing) {
                        return change.get();
                    }
                }));
    }

    /**
     * Returns the API key that an offered key maps to. Empty if there is none, if it is not valid now, or if it cannot
     * be used from this address. It stays valid when its secret is rotated.
     *
     * @param from absent if it is unknown
     * @throws BellhopException {@code STORE_UNAVAILABLE} if this server cannot know which keys are valid now
     */
    public Optional<Key> find(OfferedKey offered, @Nullable InetAddress from) {
        apiKeys.requireCurrent();
        return rules(clock.instant()).meant(offered).flatMap(key -> apiKeys.withoutSecret(key.keyId(), from));
    }

    private SshKeyRules rules(Instant now) {
        return new SshKeyRules(index, apiKeys, now);
    }

    /** Records that the holder of an offered key was admitted. */
    public void used(OfferedKey offered) {
        Instant now = clock.instant();
        rules(now).meant(offered).ifPresent(key -> {
            lastUses.used(key.id(), now);
            apiKeys.find(key.keyId()).ifPresent(apiKeys::used);
        });
    }

    /**
     * A registration that was made or changed.
     *
     * @param isNew whether it was not there before
     * @param ended the registrations that it replaced
     */
    public record Added(SshKey key, boolean isNew, List<SshKey> ended) {}

    /**
     * Registers a public key for an API key; returns when that is durable. If it is already registered for this API
     * key, updates the label, expiry and principals.
     *
     * @param by the API key that registers it
     * @param allowed checked on the API key as stored by this server
     * @throws BellhopException {@code SSH_KEY_TAKEN} if one of a CA's principals leads to another valid API key of the
     *     account, or the key or CA leads to any other one and there is no proof; {@code KEY_ENDED},
     *     {@code TOO_MANY_KEYS}
     */
    public Added add(Key apiKey, NewSshKey wanted, Key by, Precondition<Key> allowed) {
        return redo(() -> {
            Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
            Key present = apiKeys.find(apiKey.id())
                    .filter(key -> key.validAt(now))
                    .orElseThrow(() -> new BellhopException(
                            ErrorCode.KEY_ENDED,
                            "Cannot register an SSH key with this API key because it is revoked or has expired; create"
                                    + " another API key"));
            allowed.require(present);
            List<SshKey> own = index.ofApiKey(apiKey.id());
            Optional<SshKey> there =
                    own.stream().filter(key -> key.isWhat(wanted)).findFirst();
            List<SshKey> freed = rules(now).freed(apiKey, wanted);
            if (there.isPresent()) {
                return new Added(updated(there.get(), wanted, freed), false, freed);
            }
            if (own.size() >= MAX_KEYS) {
                throw new BellhopException(
                        ErrorCode.TOO_MANY_KEYS,
                        "Cannot register one more SSH key with this API key because " + MAX_KEYS
                                + " are as many as it may have; remove one first");
            }
            SshKey added = new SshKey(
                    newId(),
                    apiKey.id(),
                    wanted.publicKey(),
                    wanted.principals(),
                    wanted.label(),
                    now,
                    by.id(),
                    wanted.expiresAt());
            Writes.await(freed.isEmpty() ? store.insert(added) : store.insertInPlaceOf(freed, added));
            freed.forEach(this::forget);
            index = index.with(added);
            return new Added(added, true, freed);
        });
    }

    private SshKey updated(SshKey there, NewSshKey wanted, List<SshKey> freed) {
        SshKey changed = there.with(wanted);
        if (!freed.isEmpty()) {
            List<SshKey> replaced =
                    Stream.concat(freed.stream(), Stream.of(there)).toList();
            Writes.await(store.insertInPlaceOf(replaced, changed));
            freed.forEach(this::forget);
            index = index.with(changed);
        } else if (!changed.equals(there)) {
            Writes.await(store.update(changed));
            index = index.with(changed);
        }
        return changed;
    }

    private static String newId() {
        byte[] id = new byte[ID_BYTES];
        RANDOM.nextBytes(id);
        return HexFormat.of().formatHex(id);
    }

    private void forget(SshKey key) {
        index = index.without(key);
        lastUses.forget(key.id());
    }

    /** Removes an SSH key immediately; returns when that is durable. False if the API key has none with this id. */
    public boolean remove(Key apiKey, String id) {
        return redo(() -> {
            SshKey key = index.byId().get(id);
            if (key == null || !key.keyId().equals(apiKey.id())) {
                return false;
            }
            Writes.await(store.delete(key));
            forget(key);
            return true;
        });
    }

    /** Returns the SSH keys of an API key, which need not be valid; oldest first. */
    public List<SshKey> of(Key apiKey) {
        return index.ofApiKey(apiKey.id());
    }

    /** Returns the last use of an SSH key, to the second; empty if it was never used. */
    public Optional<Instant> lastUsedAt(SshKey key) {
        return lastUses.of(key.id());
    }

    @Override
    public CompletableFuture<Void> storeLastUses() {
        return lastUses.store(store::updateLastUsed);
    }

    @Override
    public void loadLastUses() {
        store.lastUsed().forEach(lastUses::known);
    }
}

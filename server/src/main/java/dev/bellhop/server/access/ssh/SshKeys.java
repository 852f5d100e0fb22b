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
import dev.bellhop.server.failure.Writes;
import dev.bellhop.server.sshkey.PublicKey;
import java.net.InetAddress;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Which SSH key stands for which API key. One of a key that has ended stands for nothing, and may be registered with another.
 *
 * <p>For the SSH door: {@link #find} says whose a public key is, before and after the client has proved that it has the private half;
 * {@link #used} notes that it has. From then on ask {@link #find} again, once a second for each open session, as all do who follow a
 * command or keep a terminal: it looks in memory, and finds nobody from the moment at which the API key was revoked or has expired, or
 * the SSH key was removed or has expired; within two seconds of that where it was done by way of another server of the cluster. Nobody
 * calls back.
 *
 * <p>All is held in memory; a change is durable before it takes effect. Thread safe.
 */
public final class SshKeys implements RecordedUses {
    /** That stand for one API key. */
    public static final int MAX_KEYS = 100;

    private static final int ID_BYTES = 6;
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final Comparator<SshKey> OLDEST_FIRST =
            Comparator.comparing(SshKey::addedAt).thenComparing(SshKey::id);

    private final SshKeyStore store;
    private final Keys apiKeys;
    private final Clock clock;
    /** Held while one is added or removed: none is added twice, or beyond the limit. */
    private final Object changing = new Object();

    private final LastUses lastUses = new LastUses();
    private final ConcurrentMap<String, SshKey> byId = new ConcurrentHashMap<>();
    private final ConcurrentMap<String, SshKey> byFingerprint = new ConcurrentHashMap<>();

    public SshKeys(SshKeyStore store, Keys apiKeys, Clock clock) {
        this.store = store;
        this.apiKeys = apiKeys;
        this.clock = clock;
        reload();
    }

    /** Takes what is stored, which another server may have changed. */
    public void reload() {
        synchronized (changing) {
            Map<String, SshKey> all = new HashMap<>();
            Map<String, SshKey> fingerprints = new HashMap<>();
            for (SshKeyStore.Stored stored : store.all()) {
                SshKey key = stored.key();
                all.put(key.id(), key);
                fingerprints.put(key.fingerprint(), key);
                if (stored.lastUsedAt() != null) {
                    lastUses.known(key.id(), stored.lastUsedAt());
                }
            }
            byId.putAll(all);
            byId.keySet().retainAll(all.keySet());
            byFingerprint.putAll(fingerprints);
            byFingerprint.keySet().retainAll(fingerprints.keySet());
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
     * The API key that a public key stands for; empty where there is none, or it is not valid now, or may not be used from this address.
     * It does not end when its secret is rotated.
     *
     * @param blob the key as it goes over the wire, compared whole
     * @param from absent where it is not known
     * @throws BellhopException {@code STORE_UNAVAILABLE} where this server cannot tell which keys are valid now
     */
    public Optional<Key> find(byte[] blob, @Nullable InetAddress from) {
        apiKeys.requireCurrent();
        return Optional.ofNullable(byFingerprint.get(PublicKey.fingerprint(blob)))
                .filter(key -> MessageDigest.isEqual(key.publicKey().bytes(), blob) && key.validAt(clock.instant()))
                .flatMap(key -> apiKeys.withoutSecret(key.keyId(), from));
    }

    /** Notes that the holder of a public key was let in. */
    public void used(byte[] blob) {
        SshKey key = byFingerprint.get(PublicKey.fingerprint(blob));
        if (key != null) {
            lastUses.used(key.id(), clock.instant());
            apiKeys.find(key.keyId()).ifPresent(apiKeys::used);
        }
    }

    /**
     * What became of a registration.
     *
     * @param isNew whether it was not there before
     */
    public record Added(SshKey key, boolean isNew) {}

    /**
     * Has a public key stand for an API key; returns once that is durable. Where it does so already, it has this label and this
     * expiry from then on.
     *
     * @param by who registers it
     * @throws BellhopException {@code SSH_KEY_TAKEN} where it stands for another API key that is valid, {@code KEY_ENDED}, {@code
     *     TOO_MANY_KEYS}
     */
    public Added add(Key apiKey, PublicKey publicKey, @Nullable String label, @Nullable Instant expiresAt, Key by) {
        return redo(() -> {
            Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
            if (apiKeys.find(apiKey.id()).filter(key -> key.validAt(now)).isEmpty()) {
                throw new BellhopException(
                        ErrorCode.KEY_ENDED,
                        "Cannot register an SSH key with this API key because it is revoked or has expired; create another"
                                + " API key");
            }
            SshKey there = byFingerprint.get(publicKey.fingerprint());
            if (there != null && there.keyId().equals(apiKey.id())) {
                return new Added(updated(there, label, expiresAt), false);
            }
            if (there != null && standsForSomething(there, now)) {
                throw new BellhopException(
                        ErrorCode.SSH_KEY_TAKEN,
                        "Cannot register this SSH key because it is registered with another API key already; make another"
                                + " SSH key, or have that one removed first");
            }
            if (of(apiKey).size() >= MAX_KEYS) {
                throw new BellhopException(
                        ErrorCode.TOO_MANY_KEYS,
                        "Cannot register one more SSH key with this API key because " + MAX_KEYS
                                + " are as many as it may have; remove one first");
            }
            SshKey added = new SshKey(newId(), apiKey.id(), publicKey.withoutComment(), label, now, by.id(), expiresAt);
            Writes.await(there == null ? store.insert(added) : store.insertInPlaceOf(there, added));
            if (there != null) {
                forget(there);
            }
            keep(added);
            return new Added(added, true);
        });
    }

    private SshKey updated(SshKey there, @Nullable String label, @Nullable Instant expiresAt) {
        SshKey wanted = there.with(label, expiresAt);
        if (!wanted.equals(there)) {
            Writes.await(store.update(wanted));
            keep(wanted);
        }
        return wanted;
    }

    private boolean standsForSomething(SshKey key, Instant now) {
        return key.validAt(now)
                && apiKeys.find(key.keyId())
                        .filter(apiKey -> apiKey.validAt(now))
                        .isPresent();
    }

    private static String newId() {
        byte[] id = new byte[ID_BYTES];
        RANDOM.nextBytes(id);
        return HexFormat.of().formatHex(id);
    }

    private void keep(SshKey key) {
        byId.put(key.id(), key);
        byFingerprint.put(key.fingerprint(), key);
    }

    private void forget(SshKey key) {
        byId.remove(key.id());
        byFingerprint.remove(key.fingerprint(), key);
        lastUses.forget(key.id());
    }

    /** Ends one at once; returns once that is durable. False where the API key has none with this id. */
    public boolean remove(Key apiKey, String id) {
        return redo(() -> {
            SshKey key = byId.get(id);
            if (key == null || !key.keyId().equals(apiKey.id())) {
                return false;
            }
            Writes.await(store.delete(key));
            forget(key);
            return true;
        });
    }

    /** Those of an API key, which need not be valid; oldest first. */
    public List<SshKey> of(Key apiKey) {
        return byId.values().stream()
                .filter(key -> key.keyId().equals(apiKey.id()))
                .sorted(OLDEST_FIRST)
                .toList();
    }

    /** When one was used last, to the second; empty where it was not. */
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

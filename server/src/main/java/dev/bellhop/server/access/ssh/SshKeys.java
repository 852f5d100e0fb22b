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
 * Which SSH key stands for which API key. One of a key that has ended stands for nothing, and may be registered with another.
 *
 * <p>For the SSH door: {@link #find} says whose a public key is, before and after the client has proved that it has the private half;
 * {@link #used} notes that it has. From then on ask {@link #find} again, once a second for each open session, as all do who follow a
 * command or keep a terminal: it looks in memory, and finds nobody from the moment at which the API key was revoked or has expired, or
 * the SSH key was removed or has expired; within two seconds of that where it was done by way of another server of the cluster. Nobody
 * calls back.
 *
 * <p>The key of a CA stands for an API key where a certificate names one of its principals. It may stand for several, of one account, each
 * by principals of its own; a certificate that names those of two stands for nothing. Whether a certificate is good is not asked here.
 *
 * <p>All is held in memory; a change is durable before it takes effect. Thread safe.
 */
public final class SshKeys implements RecordedUses {
    /** That stand for one API key. */
    public static final int MAX_KEYS = 100;

    private static final int ID_BYTES = 6;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final SshKeyStore store;
    private final Keys apiKeys;
    private final Clock clock;
    /** Held while one is added or removed: none is added twice, or beyond the limit. */
    private final Object changing = new Object();

    private final LastUses lastUses = new LastUses();
    private volatile SshKeyIndex index = SshKeyIndex.of(List.of());

    public SshKeys(SshKeyStore store, Keys apiKeys, Clock clock) {
        this.store = store;
        this.apiKeys = apiKeys;
        this.clock = clock;
        reload();
    }

    /** Takes what is stored, which another server may have changed. */
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
     * The API key that what is offered stands for; empty where there is none, or it is not valid now, or may not be used from this
     * address. It does not end when its secret is rotated.
     *
     * @param from absent where it is not known
     * @throws BellhopException {@code STORE_UNAVAILABLE} where this server cannot tell which keys are valid now
     */
    public Optional<Key> find(OfferedKey offered, @Nullable InetAddress from) {
        apiKeys.requireCurrent();
        return rules(clock.instant()).meant(offered).flatMap(key -> apiKeys.withoutSecret(key.keyId(), from));
    }

    private SshKeyRules rules(Instant now) {
        return new SshKeyRules(index, apiKeys, now);
    }

    /** Notes that the holder of what was offered was let in. */
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
     * Has a public key stand for an API key; returns once that is durable. Where it does so already, it has this label, this
     * expiry and these principals from then on.
     *
     * @param by who registers it
     * @param allowed checked on the API key as the server that stores this knows it
     * @throws BellhopException {@code SSH_KEY_TAKEN} if one of a CA's principals leads to another valid API key of the account, or the key
     *     or CA leads to any other one and there is no proof; {@code KEY_ENDED}, {@code TOO_MANY_KEYS}
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

    /** Ends one at once; returns once that is durable. False where the API key has none with this id. */
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

    /** Those of an API key, which need not be valid; oldest first. */
    public List<SshKey> of(Key apiKey) {
        return index.ofApiKey(apiKey.id());
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

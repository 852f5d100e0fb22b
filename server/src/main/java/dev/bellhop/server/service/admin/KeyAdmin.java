// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.admin;

import dev.bellhop.api.v2.admin.CreateKey;
import dev.bellhop.api.v2.admin.UpdateKey;
import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.Keys;
import dev.bellhop.server.access.NewKey;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.FieldFaults;
import dev.bellhop.server.failure.Precondition;
import dev.bellhop.server.service.Caller;
import dev.bellhop.server.service.Permit;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Creates, lists, rotates and revokes API keys: all keys, or only keys of the caller's account. Thread safe. */
public final class KeyAdmin {
    private static final String ROTATE = "give this key another secret";
    private static final String REVOKE = "revoke this key";
    private static final int MAX_OVERLAP_SECONDS = 30 * 86_400;

    private final Keys keys;
    private final Accounts accounts;
    private final ManagedKeys managed;

    public KeyAdmin(Keys keys, Accounts accounts) {
        this.keys = keys;
        this.accounts = accounts;
        this.managed = new ManagedKeys(keys);
    }

    /**
     * A key as an administrator sees it.
     *
     * @param secret the secret for the key's holder; present only right after it was created
     * @param lastUsedAt to the second
     * @param oldSecretUntil when the previous secret stops being valid
     */
    public record ShownKey(
            Key key,
            @Nullable String secret,
            @Nullable Instant lastUsedAt,
            @Nullable Instant oldSecretUntil) {
        @Override
        public String toString() {
            return "ShownKey[" + key.id() + "]";
        }
    }

    /**
     * Creates a key; throws {@code INVALID_FIELD}, or {@code FORBIDDEN} if it would have more rights than the caller's
     * own.
     */
    public ShownKey create(Permit permit, CreateKey wanted, Instant now) {
        Key caller = permit.callerOf(UseCase.KEY_CREATE).key();
        NewKey key = KeyValidator.check(wanted, caller, now);
        Keys.Created created = accounts.withExisting(
                        key.tenant(), () -> keys.create(key, beforeValid -> requireStillValid(caller)))
                .orElseThrow(KeyValidator::noSuchAccount);
        permit.note().about(created.key().id());
        return shown(created);
    }

    /**
     * Gives a key a new secret. The caller sees the secret, so the key must not have more rights, or last longer, than
     * the caller's own key.
     *
     * @param overlapSeconds how long the old secret stays valid; called only after the caller's rights were checked
     */
    public ShownKey rotate(
            Permit permit, String id, Supplier<@Nullable Integer> overlapSeconds, Precondition<Key> condition) {
        Key key = managed.findChangeable(permit, UseCase.KEY_ROTATE, id, ROTATE);
        Key caller = permit.callerOf(UseCase.KEY_ROTATE).key();
        requireAsLong(caller, key);
        Integer wanted = overlapSeconds.get();
        int seconds = wanted == null ? 0 : wanted;
        FieldFaults.requireBetween(
                0, seconds, MAX_OVERLAP_SECONDS, "/overlapSeconds", "Cannot rotate a key with this overlap");
        Precondition<Key> allowed = managed.stillChangeable(caller, ROTATE)
                .and(present -> requireAsLong(caller, Objects.requireNonNull(present)))
                .and(condition);
        return shown(keys.rotate(key, Duration.ofSeconds(seconds), allowed));
    }

    private static void requireAsLong(Key caller, Key key) {
        if (!caller.lastsAsLongAs(key.expiresAt())) {
            throw new BellhopException(
                    ErrorCode.FORBIDDEN,
                    "Cannot give this key another secret because it is valid for longer than the key in use; take one that"
                            + " is valid for as long, or one of an admin");
        }
    }

    public void revoke(Permit permit, String id, Precondition<Key> condition) {
        Key key = managed.findChangeable(permit, UseCase.KEY_REVOKE, id, REVOKE);
        Key caller = permit.callerOf(UseCase.KEY_REVOKE).key();
        keys.revoke(key, managed.stillChangeable(caller, REVOKE).and(condition));
    }

    /**
     * Changes a key; running sessions of the key end if it loses rights.
     *
     * @param wanted called only after the caller's rights to change the key were checked
     * @throws BellhopException {@code INVALID_FIELD}, {@code KEY_ENDED}, or {@code FORBIDDEN} if the key could do more
     *     than the caller's own before or after the change
     */
    public ShownKey update(
            Permit permit, String id, Supplier<UpdateKey> wanted, Precondition<Key> condition, Instant now) {
        Key found = managed.findChangeable(permit, UseCase.KEY_UPDATE, id, "change this key");
        Key caller = permit.callerOf(UseCase.KEY_UPDATE).key();
        KeyChange change = new KeyChange(wanted.get(), caller, now);
        Key changed = keys.update(
                        found,
                        present -> {
                            requireStillValid(caller);
                            return change.of(present);
                        },
                        condition)
                .orElseThrow(ManagedKeys::notFound);
        return show(changed);
    }

    /** Checks the caller while no key can change. Otherwise it could pass on rights that it has lost. */
    private void requireStillValid(Key caller) {
        if (!keys.isStillValid(caller)) {
            throw Caller.noLongerAccepted();
        }
    }

    /** Finds a key that the caller manages; throws {@code NOT_FOUND}. */
    public Key find(Permit permit, String id) {
        return managed.find(permit, UseCase.KEY_FIND, id);
    }

    /**
     * A filter for keys. A key must match all values; an absent value matches every key.
     *
     * @param scope a scope in the key's own list
     * @param vm a VM that the key sees
     */
    public record Filter(
            @Nullable String account,
            @Nullable String name,
            @Nullable Scope scope,
            @Nullable VmId vm) {}

    /** Returns the keys that the caller manages, oldest first. */
    public List<Key> list(Permit permit, Filter filter) {
        Key caller = permit.callerOf(UseCase.KEY_LIST).key();
        return keys.list(key -> ManagedKeys.isManagedBy(caller, key) && fits(caller, key, filter));
    }

    private boolean fits(Key caller, Key key, Filter filter) {
        VmId vm = filter.vm;
        return (filter.account == null || filter.account.equals(key.tenant().accountId()))
                && (filter.name == null || filter.name.equals(key.name()))
                && (filter.scope == null || key.scopes().contains(filter.scope))
                // The caller must not learn the owner of a VM that it does not see.
                && (vm == null || (accounts.sees(caller, vm) && accounts.sees(key, vm)));
    }

    /** Adds the times that are not part of the key. */
    public ShownKey show(Key key) {
        return shown(key, null, keys.lastUsedAt(key).orElse(null));
    }

    private ShownKey shown(Keys.Created created) {
        return shown(created.key(), created.secret(), null);
    }

    private ShownKey shown(Key key, @Nullable String secret, @Nullable Instant lastUsedAt) {
        return new ShownKey(key, secret, lastUsedAt, keys.oldSecretUntil(key).orElse(null));
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.admin;

import dev.bellhop.api.v2.admin.PolicyDocument;
import dev.bellhop.server.access.Account;
import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.Keys;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.Precondition;
import dev.bellhop.server.failure.Written;
import dev.bellhop.server.policy.Policy;
import dev.bellhop.server.service.Permit;
import dev.bellhop.server.service.UseCase;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Shows and changes the policies of keys and accounts. A key without a policy can use all of its scopes, so the caller
 * that changes a policy must have the same rights. The new policy is read only after the caller's rights were checked.
 * Thread safe.
 */
public final class PolicyAdmin {
    private static final String CHANGE = "change the policy of this key";

    private final Keys keys;
    private final Accounts accounts;
    private final ManagedKeys managed;

    public PolicyAdmin(Keys keys, Accounts accounts) {
        this.keys = keys;
        this.accounts = accounts;
        this.managed = new ManagedKeys(keys);
    }

    public record Stored(Policy policy, Written written) {}

    public Policy ofKey(Permit permit, String id) {
        return there(managed.find(permit, UseCase.KEY_POLICY_READ, id).policy());
    }

    public Stored setOfKey(Permit permit, String id, Supplier<PolicyDocument> wanted, Precondition<Policy> condition) {
        Key key = managed.findChangeable(permit, UseCase.KEY_POLICY_SET, id, CHANGE);
        Policy policy = PolicyValidator.check(wanted.get());
        requireLimitable(key);
        Precondition<Key> allowed = managed.stillChangeable(
                        permit.callerOf(UseCase.KEY_POLICY_SET).key(), CHANGE)
                .and(present -> requireLimitable(Objects.requireNonNull(present)));
        return new Stored(policy, set(key, policy, allowed, condition));
    }

    private static void requireLimitable(Key key) {
        if (!Key.canHavePolicy(key.scopes())) {
            throw new BellhopException(
                    ErrorCode.INVALID_REQUEST,
                    "Cannot give a policy to a key with the scope admin or admin:account because its holder can make a key"
                            + " without one");
        }
    }

    public void deleteOfKey(Permit permit, String id, Precondition<Policy> condition) {
        Key key = managed.findChangeable(permit, UseCase.KEY_POLICY_DELETE, id, CHANGE);
        Key caller = permit.callerOf(UseCase.KEY_POLICY_DELETE).key();
        var _ = set(key, null, managed.stillChangeable(caller, CHANGE), condition);
    }

    public Policy ofAccount(Permit permit, String id) {
        return there(account(permit, UseCase.ACCOUNT_POLICY_READ, id).policy());
    }

    public Stored setOfAccount(
            Permit permit, String id, Supplier<PolicyDocument> wanted, Precondition<Policy> condition) {
        Account account = account(permit, UseCase.ACCOUNT_POLICY_SET, id);
        Policy policy = PolicyValidator.check(wanted.get());
        return new Stored(policy, set(account, policy, condition));
    }

    public void deleteOfAccount(Permit permit, String id, Precondition<Policy> condition) {
        var _ = set(account(permit, UseCase.ACCOUNT_POLICY_DELETE, id), null, condition);
    }

    private static Policy there(@Nullable Policy policy) {
        if (policy == null) {
            throw new BellhopException(ErrorCode.NOT_FOUND, "Cannot find a policy here because there is none");
        }
        return policy;
    }

    private Account account(Permit permit, UseCase useCase, String id) {
        return AccountAdmin.find(accounts, permit, useCase, id);
    }

    private Written set(Key key, @Nullable Policy policy, Precondition<Key> allowed, Precondition<Policy> condition) {
        return keys.setPolicy(key, policy, allowed, condition).orElseThrow(ManagedKeys::notFound);
    }

    private Written set(Account account, @Nullable Policy policy, Precondition<Policy> condition) {
        return accounts.setPolicy(account, policy, condition).orElseThrow(AccountAdmin::notFound);
    }
}

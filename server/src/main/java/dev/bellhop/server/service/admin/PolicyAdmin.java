// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.admin;

import dev.bellhop.api.v2.admin.PolicyDocument;
import dev.bellhop.server.access.Account;
import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.Keys;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.policy.Policy;
import dev.bellhop.server.service.Permit;
import dev.bellhop.server.service.UseCase;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Shows and changes the policies of keys and accounts. A key without a policy may do all that its scopes say, so
 * whoever changes it must be able to do as much. A policy to be set is asked for once the caller may set it. Thread
 * safe.
 */
public final class PolicyAdmin {
    private final Keys keys;
    private final Accounts accounts;
    private final ManagedKeys managed;

    public PolicyAdmin(Keys keys, Accounts accounts) {
        this.keys = keys;
        this.accounts = accounts;
        this.managed = new ManagedKeys(keys);
    }

    public Policy ofKey(Permit permit, String id) {
        return there(managed.find(permit, UseCase.KEY_POLICY_READ, id).policy());
    }

    public Policy setOfKey(Permit permit, String id, Supplier<PolicyDocument> wanted) {
        Key key = changeable(permit, UseCase.KEY_POLICY_SET, id);
        Policy policy = PolicyValidator.check(wanted.get());
        if (!Key.canHavePolicy(key.scopes())) {
            throw new BellhopException(
                    ErrorCode.INVALID_REQUEST,
                    "Cannot give a policy to a key with the scope admin or admin:account because its holder can make a key"
                            + " without one");
        }
        set(key, policy);
        return policy;
    }

    public void deleteOfKey(Permit permit, String id) {
        set(changeable(permit, UseCase.KEY_POLICY_DELETE, id), null);
    }

    public Policy ofAccount(Permit permit, String id) {
        return there(account(permit, UseCase.ACCOUNT_POLICY_READ, id).policy());
    }

    public Policy setOfAccount(Permit permit, String id, Supplier<PolicyDocument> wanted) {
        Account account = account(permit, UseCase.ACCOUNT_POLICY_SET, id);
        Policy policy = PolicyValidator.check(wanted.get());
        set(account, policy);
        return policy;
    }

    public void deleteOfAccount(Permit permit, String id) {
        set(account(permit, UseCase.ACCOUNT_POLICY_DELETE, id), null);
    }

    private static Policy there(@Nullable Policy policy) {
        if (policy == null) {
            throw new BellhopException(ErrorCode.NOT_FOUND, "Cannot find a policy here because there is none");
        }
        return policy;
    }

    private Key changeable(Permit permit, UseCase useCase, String id) {
        return managed.findChangeable(permit, useCase, id, "change the policy of this key");
    }

    private Account account(Permit permit, UseCase useCase, String id) {
        return AccountAdmin.find(accounts, permit, useCase, id);
    }

    private void set(Key key, @Nullable Policy policy) {
        if (!keys.setPolicy(key, policy)) {
            throw ManagedKeys.notFound();
        }
    }

    private void set(Account account, @Nullable Policy policy) {
        if (!accounts.setPolicy(account, policy)) {
            throw AccountAdmin.notFound();
        }
    }
}

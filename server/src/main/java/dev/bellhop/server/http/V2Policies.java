// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.api.v2.PolicyDocument;
import dev.bellhop.server.access.Account;
import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.Keys;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.policy.Policy;
import dev.bellhop.server.service.UseCase;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code /api/v2/keys/{id}/policy} and {@code /api/v2/accounts/{id}/policy}: which commands a key or an account may run. */
final class V2Policies {
    private final Keys keys;
    private final Accounts accounts;
    private final ManagedKeys managed;

    V2Policies(Keys keys, Accounts accounts) {
        this.keys = keys;
        this.accounts = accounts;
        this.managed = new ManagedKeys(keys);
    }

    List<Route> routes() {
        String ofKey = "/api/v2/keys/{id}/policy";
        String ofAccount = "/api/v2/accounts/{id}/policy";
        return List.of(
                new Route(
                        "GET",
                        ofKey,
                        UseCase.KEY_POLICY_READ,
                        call -> read(managed.find(call).policy())),
                new Route("PUT", ofKey, UseCase.KEY_POLICY_SET, this::putOfKey),
                new Route("DELETE", ofKey, UseCase.KEY_POLICY_DELETE, this::deleteOfKey),
                new Route(
                        "GET",
                        ofAccount,
                        UseCase.ACCOUNT_POLICY_READ,
                        call -> read(account(call).policy())),
                new Route("PUT", ofAccount, UseCase.ACCOUNT_POLICY_SET, this::putOfAccount),
                new Route("DELETE", ofAccount, UseCase.ACCOUNT_POLICY_DELETE, this::deleteOfAccount));
    }

    private static Answer read(@Nullable Policy policy) {
        if (policy == null) {
            throw new BellhopException(ErrorCode.NOT_FOUND, "Cannot find a policy here because there is none");
        }
        return Answer.json(200, PolicyViews.view(policy));
    }

    private Answer putOfKey(Call call) {
        Key key = changeable(call);
        Policy policy = WantedPolicy.check(call.strictBody(PolicyDocument.class));
        if (!Key.canHavePolicy(key.scopes())) {
            throw new BellhopException(
                    ErrorCode.INVALID_REQUEST,
                    "Cannot give a policy to a key with the scope admin or admin:account because its holder can make a key"
                            + " without one");
        }
        set(key, policy);
        return Answer.json(200, PolicyViews.view(policy));
    }

    private Answer deleteOfKey(Call call) {
        set(changeable(call), null);
        return Answer.noContent();
    }

    /** Without its policy a key may do all that its scopes say, so whoever changes that may do as much. */
    private Key changeable(Call call) {
        Key key = managed.find(call);
        Authority.requireCovers(call.caller(), key, "change the policy of this key");
        return key;
    }

    private void set(Key key, @Nullable Policy policy) {
        if (!keys.setPolicy(key, policy)) {
            throw ManagedKeys.notFound();
        }
    }

    private Answer putOfAccount(Call call) {
        Account account = account(call);
        Policy policy = WantedPolicy.check(call.strictBody(PolicyDocument.class));
        set(account, policy);
        return Answer.json(200, PolicyViews.view(policy));
    }

    private Answer deleteOfAccount(Call call) {
        set(account(call), null);
        return Answer.noContent();
    }

    private void set(Account account, @Nullable Policy policy) {
        if (!accounts.setPolicy(account, policy)) {
            throw V2Accounts.notFound();
        }
    }

    private Account account(Call call) {
        return V2Accounts.account(call, accounts);
    }
}

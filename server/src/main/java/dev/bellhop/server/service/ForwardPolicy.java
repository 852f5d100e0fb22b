// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.Keys;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.policy.Decision.Whose;
import dev.bellhop.server.policy.ForwardPattern;
import dev.bellhop.server.policy.ForwardTarget;
import dev.bellhop.server.policy.Policy;
import org.jspecify.annotations.Nullable;

/**
 * Decides which targets a key is allowed to reach through a guest. The account's policy and the key's policy must both
 * allow a target; their current versions count. Without a policy, only the guest's own loopback is allowed, not the
 * guest's network. Thread safe.
 */
public record ForwardPolicy(Keys keys, Accounts accounts) {
    /** The policies that apply to a key; absent if there is none. */
    private record Policies(
            @Nullable Policy ofAccount, @Nullable Policy ofKey) {
        boolean isNone() {
            return ofAccount == null && ofKey == null;
        }
    }

    private Policies of(Key key) {
        return new Policies(
                accounts.policyOf(key.tenant()), keys.find(key.id()).orElse(key).policy());
    }

    /** Checks whether a key is allowed to reach a target. Called often. */
    public boolean allows(Key key, ForwardTarget target) {
        Policies policies = of(key);
        return policies.isNone()
                ? ForwardPattern.LOOPBACK.matches(target)
                : allows(policies.ofAccount, target) && allows(policies.ofKey, target);
    }

    private static boolean allows(@Nullable Policy policy, ForwardTarget target) {
        return policy == null || policy.forwardsTo(target);
    }

    /**
     * Throws {@code POLICY_REFUSED} or {@code FORBIDDEN} if the key is not allowed to reach the target.
     *
     * @param shown the target in the form for the audit trail
     */
    void require(Permit permit, Key key, ForwardTarget target, String shown) {
        Policies policies = of(key);
        if (!allows(policies.ofAccount, target)) {
            throw PolicyCheck.refusedWith(permit, Whose.ACCOUNT, Policy.FORWARD, shown);
        }
        if (!allows(policies.ofKey, target)) {
            throw PolicyCheck.refusedWith(permit, Whose.KEY, Policy.FORWARD, shown);
        }
        if (policies.isNone() && !ForwardPattern.LOOPBACK.matches(target)) {
            throw new BellhopException(
                    ErrorCode.FORBIDDEN,
                    "Cannot connect to " + target
                            + " because without a policy a key reaches nothing but the guest's own localhost;"
                            + " a policy with forward can name more");
        }
    }
}

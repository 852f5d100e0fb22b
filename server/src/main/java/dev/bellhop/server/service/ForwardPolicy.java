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
 * What keys may have guests connect to. An account's policy and a key's must both allow it, as they are now. Where there is none, the guest's
 * own loopback is what may be reached: not the network that the guest is in. Thread safe.
 */
public record ForwardPolicy(Keys keys, Accounts accounts) {
    /** Those of a key, each absent where there is none. */
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

    /** Whether a key may. Asked often. */
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
     * Throws {@code POLICY_REFUSED} or {@code FORBIDDEN} where it may not.
     *
     * @param shown the target, as the audit trail has it
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

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.policy;

import dev.bellhop.server.failure.WireName;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What policy says of a command. */
public sealed interface Decision {
    enum Whose implements WireName {
        ACCOUNT,
        KEY;
    }

    record Allowed() implements Decision {}

    /** It may be run once somebody else has agreed to it. */
    record NeedsApproval(Whose whose) implements Decision {}

    /** It may not be run: a rule refuses it, or another part of a policy, which has the rule's place here. */
    record Refused(Whose whose, String rule) implements Decision {}

    /**
     * What the policies of an account and of a key say together: each has to permit.
     *
     * @param account absent where the account has no policy, or the key no account
     */
    static Decision of(@Nullable Policy account, @Nullable Policy key, PolicyInput policyInput) {
        Optional<Decision> refused =
                refusal(Whose.ACCOUNT, account, policyInput).or(() -> refusal(Whose.KEY, key, policyInput));
        if (refused.isPresent()) {
            return refused.get();
        }
        if (account != null && account.approval()) {
            return new NeedsApproval(Whose.ACCOUNT);
        }
        return key != null && key.approval() ? new NeedsApproval(Whose.KEY) : new Allowed();
    }

    private static Optional<Decision> refusal(Whose whose, @Nullable Policy policy, PolicyInput policyInput) {
        return policy == null ? Optional.empty() : policy.refusal(policyInput).map(rule -> new Refused(whose, rule));
    }
}

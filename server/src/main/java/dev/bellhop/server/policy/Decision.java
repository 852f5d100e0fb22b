// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.policy;

import dev.bellhop.server.failure.WireName;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The decision of policies about a command. */
public sealed interface Decision {
    enum Whose implements WireName {
        ACCOUNT,
        KEY;
    }

    record Allowed() implements Decision {}

    /** The command can run after another person has approved it. */
    record NeedsApproval(Whose whose) implements Decision {}

    /** The command is refused, by a rule or by another part of a policy, which is then named as the rule. */
    record Refused(Whose whose, String rule) implements Decision {}

    /**
     * Combines the policies of an account and of a key: both must permit the command.
     *
     * @param account absent if the account has no policy, or the key no account
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

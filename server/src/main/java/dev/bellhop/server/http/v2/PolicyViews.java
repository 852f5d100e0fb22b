// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2;

import dev.bellhop.api.v2.admin.PolicyDecision;
import dev.bellhop.api.v2.admin.PolicyDocument;
import dev.bellhop.api.v2.admin.PolicyRule;
import dev.bellhop.server.policy.Decision;
import dev.bellhop.server.policy.Decision.Whose;
import dev.bellhop.server.policy.Policy;
import dev.bellhop.server.policy.Rule;
import dev.bellhop.server.policy.RuleField;
import java.util.Set;

/** Shows policies as they are given. */
final class PolicyViews {
    private PolicyViews() {}

    static PolicyDocument view(Policy policy) {
        Set<String> saved = policy.savedCommands();
        return new PolicyDocument(
                policy.onlySavedCommands(),
                saved == null ? null : saved.stream().sorted().toList(),
                policy.rules().stream().map(PolicyViews::view).toList(),
                policy.approval() ? true : null);
    }

    private static PolicyRule view(Rule rule) {
        return new PolicyRule(
                rule.name(),
                rule.effect() == Rule.Effect.ALLOW ? PolicyRule.ALLOW : PolicyRule.DENY,
                rule.patterns().get(RuleField.COMMAND),
                rule.patterns().get(RuleField.ARGV0),
                rule.patterns().get(RuleField.USER),
                rule.patterns().get(RuleField.SHELL));
    }

    static PolicyDecision view(Decision decision) {
        return switch (decision) {
            case Decision.Allowed() -> new PolicyDecision(PolicyDecision.ALLOWED, null, null);
            case Decision.NeedsApproval(Whose whose) ->
                new PolicyDecision(PolicyDecision.NEEDS_APPROVAL, whose.wireName(), null);
            case Decision.Refused(Whose whose, String rule) ->
                new PolicyDecision(PolicyDecision.REFUSED, whose.wireName(), rule);
        };
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.api.v2.PolicyDocument;
import dev.bellhop.api.v2.PolicyRule;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.policy.Policy;
import dev.bellhop.server.policy.Rule;
import dev.bellhop.server.policy.RuleField;
import dev.bellhop.server.policy.RulePatterns;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Checks a policy that somebody wants to give, and names all that is wrong with it at once. */
final class WantedPolicy {
    static final String NAME = "1 to 63 of a-z 0-9 . _ -, with a letter or a digit at first";
    static final String PATTERN = "A regular expression in RE2's syntax, 1 to " + RulePatterns.LONGEST
            + " characters, with counted repetitions of at most 100, multiplied";

    private static final int MOST_RULES = 100;
    private static final int MOST_NAMES = 100;
    private static final int MOST_PATTERN_TEXT = 8_192;

    /** Where the policy stands in the body. */
    private final String place;

    private final List<FieldFault> faults;
    private int steps;
    private int text;

    private WantedPolicy(String place, List<FieldFault> faults) {
        this.place = place;
        this.faults = faults;
    }

    /**
     * The policy that a body is.
     *
     * @throws BellhopException {@code INVALID_FIELD}
     */
    static Policy check(PolicyDocument wanted) {
        List<FieldFault> faults = new ArrayList<>();
        Policy policy = check(wanted, "", faults);
        if (!faults.isEmpty()) {
            throw new BellhopException("Cannot use this policy because some of its fields are not valid", faults);
        }
        return policy;
    }

    /** As the other, for one that is a part of a body; adds what is wrong to what else is. */
    static Policy check(PolicyDocument wanted, String place, List<FieldFault> faults) {
        return new WantedPolicy(place, faults).policy(wanted);
    }

    private Policy policy(PolicyDocument wanted) {
        Set<String> saved = names(wanted.savedCommands());
        List<Rule> rules = rules(wanted.rules() == null ? List.of() : wanted.rules());
        return new Policy(
                Boolean.TRUE.equals(wanted.onlySavedCommands()), saved, rules, Boolean.TRUE.equals(wanted.approval()));
    }

    private @Nullable Set<String> names(@Nullable List<String> names) {
        if (names == null) {
            return null;
        }
        if (names.size() > MOST_NAMES) {
            fault("/savedCommands", "At most " + MOST_NAMES + " names; left out for all", Fault.OUT_OF_RANGE);
        }
        for (int i = 0; i < Math.min(names.size(), MOST_NAMES); i++) {
            name("/savedCommands/" + i, names.get(i));
        }
        return Set.copyOf(new HashSet<>(names));
    }

    private List<Rule> rules(List<PolicyRule> wanted) {
        if (wanted.size() > MOST_RULES) {
            fault("/rules", "At most " + MOST_RULES + " rules", Fault.OUT_OF_RANGE);
            return List.of();
        }
        List<Rule> rules = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (int i = 0; i < wanted.size(); i++) {
            PolicyRule rule = wanted.get(i);
            String at = "/rules/" + i;
            name(at + "/name", rule.name());
            if (!names.add(rule.name())) {
                fault(at + "/name", "A name that no other rule of the policy has", Fault.UNKNOWN_VALUE);
            }
            rules.add(new Rule(rule.name(), effect(at, rule.effect()), patterns(at, rule)));
        }
        if (steps > RulePatterns.MOST_STEPS || text > MOST_PATTERN_TEXT) {
            fault(
                    "/rules",
                    "Patterns of at most " + MOST_PATTERN_TEXT
                            + " characters all together, and simpler ones than these",
                    Fault.OUT_OF_RANGE);
        }
        return rules;
    }

    private Rule.Effect effect(String at, String effect) {
        return switch (effect) {
            case PolicyRule.ALLOW -> Rule.Effect.ALLOW;
            case PolicyRule.DENY -> Rule.Effect.DENY;
            default -> {
                fault(at + "/effect", "One of deny, allow", Fault.UNKNOWN_VALUE);
                yield Rule.Effect.DENY;
            }
        };
    }

    private Map<RuleField, String> patterns(String at, PolicyRule rule) {
        Map<RuleField, String> patterns = new EnumMap<>(RuleField.class);
        pattern(patterns, RuleField.COMMAND, at + "/command", rule.command());
        pattern(patterns, RuleField.ARGV0, at + "/argv0", rule.argv0());
        pattern(patterns, RuleField.USER, at + "/user", rule.user());
        pattern(patterns, RuleField.SHELL, at + "/shell", rule.shell());
        if (patterns.isEmpty()) {
            fault(at, "At least one of command, argv0, user, shell", Fault.REQUIRED);
        }
        return patterns;
    }

    private void pattern(Map<RuleField, String> patterns, RuleField field, String at, @Nullable String pattern) {
        if (pattern == null) {
            return;
        }
        patterns.put(field, pattern);
        if (steps > RulePatterns.MOST_STEPS) {
            // It is too much already, and each can take its time.
            return;
        }
        OptionalInt size = RulePatterns.steps(pattern);
        if (size.isEmpty()) {
            fault(at, PATTERN, Fault.MALFORMED);
        }
        steps += size.orElse(0);
        text += pattern.length();
    }

    private void name(String at, String name) {
        if (!Rule.isName(name)) {
            fault(at, NAME, Fault.MALFORMED);
        }
    }

    private void fault(String pointer, String detail, Fault fault) {
        faults.add(new FieldFault(place + pointer, detail, fault));
    }
}

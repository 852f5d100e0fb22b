// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.admin;

import dev.bellhop.api.v2.admin.PolicyDocument;
import dev.bellhop.api.v2.admin.PolicyFileRule;
import dev.bellhop.api.v2.admin.PolicyRule;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.failure.FieldFaults;
import dev.bellhop.server.policy.FileRule;
import dev.bellhop.server.policy.ForwardPattern;
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

/** Checks a policy. */
final class PolicyValidator {
    static final String PATTERN = "A regular expression in RE2's syntax, 1 to " + RulePatterns.MAX_LENGTH
            + " characters, with counted repetitions of at most 100, multiplied";

    private static final String PREFIX = "An absolute path of 1 to " + FileRule.MAX_PREFIX_LENGTH
            + " characters, with no . or .. in it and no slash at its end";

    private static final String FORWARD_PATTERN =
            "HOST:PORT. The host is a name, *. and the end of names, an address, a"
                    + " network such as 10.0.0.0/8, or *; IPv6 in brackets. The port is a number, two as in 8000-8099, or *";

    private static final int MAX_RULES = 100;
    private static final int MAX_FILE_RULES = 50;
    private static final int MAX_FORWARD_PATTERNS = 50;
    private static final int MAX_NAMES = 100;
    private static final int MAX_PATTERN_TEXT = 8_192;

    private final FieldFaults faults;
    private int steps;
    private int text;

    private PolicyValidator(FieldFaults faults) {
        this.faults = faults;
    }

    /** Returns the policy in a body; throws {@code INVALID_FIELD}. */
    static Policy check(PolicyDocument wanted) {
        FieldFaults faults = new FieldFaults();
        Policy policy = check(wanted, faults);
        faults.throwIfAny("Cannot use this policy because some of its fields are not valid");
        return policy;
    }

    /** Returns a policy that is part of a larger body. */
    static Policy check(PolicyDocument wanted, FieldFaults faults) {
        return new PolicyValidator(faults).policy(wanted);
    }

    private Policy policy(PolicyDocument wanted) {
        Set<String> saved = names(wanted.savedCommands());
        List<Rule> rules = rules(wanted.rules() == null ? List.of() : wanted.rules());
        return new Policy(
                Boolean.TRUE.equals(wanted.onlySavedCommands()),
                saved,
                rules,
                Boolean.TRUE.equals(wanted.approval()),
                files(wanted.files()),
                forward(wanted.forward()));
    }

    private @Nullable List<String> forward(@Nullable List<String> wanted) {
        if (wanted == null) {
            return null;
        }
        faults.unlessBetween(
                0, wanted.size(), MAX_FORWARD_PATTERNS, "/forward", "At most " + MAX_FORWARD_PATTERNS + " patterns");
        for (int i = 0; i < Math.min(wanted.size(), MAX_FORWARD_PATTERNS); i++) {
            faults.malformedUnless(ForwardPattern.parse(wanted.get(i)).isPresent(), "/forward/" + i, FORWARD_PATTERN);
        }
        return wanted;
    }

    private @Nullable Set<String> names(@Nullable List<String> names) {
        if (names == null) {
            return null;
        }
        faults.unlessBetween(
                0, names.size(), MAX_NAMES, "/savedCommands", "At most " + MAX_NAMES + " names; left out for all");
        for (int i = 0; i < Math.min(names.size(), MAX_NAMES); i++) {
            name("/savedCommands/" + i, names.get(i));
        }
        return Set.copyOf(new HashSet<>(names));
    }

    private @Nullable List<FileRule> files(@Nullable List<PolicyFileRule> wanted) {
        if (wanted == null) {
            return null;
        }
        faults.unlessBetween(0, wanted.size(), MAX_FILE_RULES, "/files", "At most " + MAX_FILE_RULES + " rules");
        List<FileRule> rules = new ArrayList<>();
        for (int i = 0; i < Math.min(wanted.size(), MAX_FILE_RULES); i++) {
            PolicyFileRule rule = wanted.get(i);
            faults.malformedUnless(isPrefix(rule.prefix()), "/files/" + i + "/prefix", PREFIX);
            boolean write = rule.access().equals(PolicyFileRule.WRITE);
            faults.unknownUnless(
                    write || rule.access().equals(PolicyFileRule.READ),
                    "/files/" + i + "/access",
                    "One of read, write");
            rules.add(new FileRule(rule.prefix(), write));
        }
        return rules;
    }

    private static boolean isPrefix(String prefix) {
        return prefix.length() <= FileRule.MAX_PREFIX_LENGTH
                && prefix.startsWith("/")
                && (prefix.length() == 1 || !prefix.endsWith("/"))
                && prefix.chars().noneMatch(c -> c < ' ' || c == 0x7F || (c >= 0xD800 && c < 0xE000))
                && !(prefix + "/").contains("/../")
                && !(prefix + "/").contains("/./")
                && !prefix.contains("//");
    }

    private List<Rule> rules(List<PolicyRule> wanted) {
        if (wanted.size() > MAX_RULES) {
            faults.add("/rules", "At most " + MAX_RULES + " rules", Fault.OUT_OF_RANGE);
            return List.of();
        }
        List<Rule> rules = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (int i = 0; i < wanted.size(); i++) {
            PolicyRule rule = wanted.get(i);
            String at = "/rules/" + i;
            name(at + "/name", rule.name());
            faults.unknownUnless(names.add(rule.name()), at + "/name", "A name that no other rule of the policy has");
            rules.add(new Rule(rule.name(), effect(at, rule.effect()), patterns(at, rule)));
        }
        faults.outOfRangeUnless(
                steps <= RulePatterns.MAX_STEPS && text <= MAX_PATTERN_TEXT,
                "/rules",
                "Patterns of at most " + MAX_PATTERN_TEXT + " characters all together, and simpler ones than these");
        return rules;
    }

    private Rule.Effect effect(String at, String effect) {
        boolean allows = effect.equals(PolicyRule.ALLOW);
        faults.unknownUnless(allows || effect.equals(PolicyRule.DENY), at + "/effect", "One of deny, allow");
        return allows ? Rule.Effect.ALLOW : Rule.Effect.DENY;
    }

    private Map<RuleField, String> patterns(String at, PolicyRule rule) {
        Map<RuleField, String> patterns = new EnumMap<>(RuleField.class);
        pattern(patterns, RuleField.COMMAND, at + "/command", rule.command());
        pattern(patterns, RuleField.ARGV0, at + "/argv0", rule.argv0());
        pattern(patterns, RuleField.USER, at + "/user", rule.user());
        pattern(patterns, RuleField.SHELL, at + "/shell", rule.shell());
        faults.missingUnless(!patterns.isEmpty(), at, "At least one of command, argv0, user, shell");
        return patterns;
    }

    private void pattern(Map<RuleField, String> patterns, RuleField field, String at, @Nullable String pattern) {
        if (pattern == null) {
            return;
        }
        patterns.put(field, pattern);
        // Above the limit, the policy is refused anyway, and each pattern takes time to check.
        if (steps <= RulePatterns.MAX_STEPS) {
            OptionalInt size = RulePatterns.steps(pattern);
            faults.malformedUnless(size.isPresent(), at, PATTERN);
            steps += size.orElse(0);
            text += pattern.length();
        }
    }

    private void name(String at, String name) {
        faults.malformedUnless(Rule.isName(name), at, Rule.NAME_FORM);
    }
}

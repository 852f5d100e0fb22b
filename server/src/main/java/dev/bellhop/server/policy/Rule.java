// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.policy;

import java.util.Map;
import java.util.regex.Pattern;

/**
 * A rule of a policy. It matches a command if all of its patterns match.
 *
 * @param name for people; a refusal names it
 * @param patterns the pattern for each field, in RE2 syntax; at least one
 */
public record Rule(String name, Effect effect, Map<RuleField, String> patterns) {
    /** Describes valid names, for people. */
    public static final String NAME_FORM = "1 to 63 of a-z 0-9 . _ -, with a letter or a digit at first";

    /** Only lower case, so no rule looks like one of the built-in names of refusals. */
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,62}");

    public enum Effect {
        ALLOW,
        DENY
    }

    public Rule {
        patterns = Map.copyOf(patterns);
    }

    public static boolean isName(String text) {
        return NAME.matcher(text).matches();
    }

    /**
     * Returns whether it matches a command. Both effects err on the side of refusing: a deny rule matches if its
     * pattern is anywhere in the command, in any form; an allow rule must match all of it.
     */
    boolean matches(PolicyInput.Command command) {
        return effect == Effect.DENY ? denies(command) : allows(command);
    }

    private boolean denies(PolicyInput.Command command) {
        return patterns.entrySet().stream()
                .allMatch(wanted -> command.facet(wanted.getKey()).forms().stream()
                        .anyMatch(form -> RulePatterns.find(wanted.getValue(), form)));
    }

    private boolean allows(PolicyInput.Command command) {
        // Variables (PATH, LD_PRELOAD, BASH_ENV) and another shell change the effect of a program.
        boolean looksAtShell = patterns.containsKey(RuleField.SHELL) || patterns.containsKey(RuleField.ARGV0);
        if (command.hasVariables() || (command.namesShell() && !looksAtShell)) {
            return false;
        }
        return patterns.entrySet().stream().allMatch(wanted -> {
            String exact = command.facet(wanted.getKey()).exact();
            return exact != null && RulePatterns.matches(wanted.getValue(), exact);
        });
    }
}

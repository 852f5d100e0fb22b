// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.policy;

import java.util.Map;
import java.util.regex.Pattern;

/**
 * One rule of a policy. It matches a command where all of its patterns do.
 *
 * @param name for people; a refusal names it
 * @param patterns what a field must hold, in the syntax of RE2; one at least
 */
public record Rule(String name, Effect effect, Map<RuleField, String> patterns) {
    /** Describes valid names, for people. */
    public static final String NAME_FORM = "1 to 63 of a-z 0-9 . _ -, with a letter or a digit at first";

    /** In lower case, so that none looks like one of the names that refusals have of their own. */
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
     * Whether it matches. Both kinds err on the side of refusing: what a rule denies need only be somewhere in what is asked
     * for, in whatever form it may be meant; what it allows has to be all of it.
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
        // Variables change what a program does (PATH, LD_PRELOAD, BASH_ENV), and so does another shell.
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

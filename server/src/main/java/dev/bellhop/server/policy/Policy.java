// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.policy;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Limits the commands that a key or the keys of an account can run, the files that they can access, and the targets of
 * forwarded connections. Rules on text are only a guard-rail, since there are many ways to tell a shell to do
 * something. Allowing only saved commands is a real barrier.
 *
 * @param onlySavedCommands whether only saved commands can run
 * @param savedCommands the names of the saved commands that can run; absent for all
 * @param rules for commands that are not saved commands; their order does not matter
 * @param approval whether another person must approve each command
 * @param files where files can be read and written; absent for nowhere, since a caller that writes files needs no
 *     commands
 * @param forward allowed targets of connections from within guests, each a {@link ForwardPattern}; absent for none
 */
public record Policy(
        boolean onlySavedCommands,
        @Nullable Set<String> savedCommands,
        List<Rule> rules,
        boolean approval,
        @Nullable List<FileRule> files,
        @Nullable List<String> forward) {
    /** The longest command text, in characters, that rules check. This bounds the cost of matching. */
    static final int MAX_TEXT_LENGTH = 8_192;

    /** Names of refusals that do not come from a rule. */
    public static final String ONLY_SAVED_COMMANDS = "onlySavedCommands";

    public static final String FILES = "files";
    public static final String FORWARD = "forward";

    static final String SAVED_COMMANDS = "savedCommands";
    static final String NO_ALLOW_RULE = "noAllowRule";
    static final String TOO_LONG = "tooLong";

    public Policy {
        savedCommands = savedCommands == null ? null : Set.copyOf(savedCommands);
        rules = List.copyOf(rules);
        files = files == null ? null : List.copyOf(files);
        forward = forward == null ? null : List.copyOf(forward);
    }

    /** Creates a policy that denies all files and forwards. */
    public Policy(boolean onlySavedCommands, @Nullable Set<String> savedCommands, List<Rule> rules, boolean approval) {
        this(onlySavedCommands, savedCommands, rules, approval, null, null);
    }

    /** Returns the folders whose files can be read, or written; empty if none. */
    public List<String> folders(boolean toWrite) {
        return files == null
                ? List.of()
                : files.stream()
                        .filter(rule -> rule.write() || !toWrite)
                        .map(FileRule::prefix)
                        .toList();
    }

    /** Returns whether connections can lead to this target. */
    public boolean forwardsTo(ForwardTarget target) {
        return forward != null
                && forward.stream()
                        .map(ForwardPattern::parse)
                        .flatMap(Optional::stream)
                        .anyMatch(pattern -> pattern.matches(target));
    }

    /** Returns the name of the rule or part of the policy that refuses a command; empty if it is not refused. */
    Optional<String> refusal(PolicyInput policyInput) {
        return switch (policyInput) {
            case PolicyInput.Command command -> refusal(command);
            case PolicyInput.Saved(String name) ->
                savedCommands == null || savedCommands.contains(name) ? Optional.empty() : Optional.of(SAVED_COMMANDS);
        };
    }

    private Optional<String> refusal(PolicyInput.Command command) {
        if (onlySavedCommands) {
            return Optional.of(ONLY_SAVED_COMMANDS);
        }
        if (rules.isEmpty()) {
            return Optional.empty();
        }
        if (command.length() > MAX_TEXT_LENGTH) {
            return Optional.of(TOO_LONG);
        }
        Optional<Rule> denying = rules.stream()
                .filter(rule -> rule.effect() == Rule.Effect.DENY && rule.matches(command))
                .findFirst();
        if (denying.isPresent()) {
            return denying.map(Rule::name);
        }
        boolean mustBeAllowed = rules.stream().anyMatch(rule -> rule.effect() == Rule.Effect.ALLOW);
        boolean allowed = rules.stream().anyMatch(rule -> rule.effect() == Rule.Effect.ALLOW && rule.matches(command));
        return mustBeAllowed && !allowed ? Optional.of(NO_ALLOW_RULE) : Optional.empty();
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.policy;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which commands a key, or the keys of an account, may run, which files they may reach, and where they may forward connections to. Rules on text are a guard-rail, since a shell can be told anything
 * in many words; that only saved commands are run is a wall.
 *
 * @param onlySavedCommands whether nothing but saved commands may be run
 * @param savedCommands the names of those that may be run; absent for all
 * @param rules for what is no saved command; their order makes no difference
 * @param approval whether somebody else has to agree to each
 * @param files where files may be read and written; absent for nowhere, since who writes files needs no commands
 * @param forward where connections from within guests may lead to, each as {@link ForwardPattern} has it; absent for nowhere
 */
public record Policy(
        boolean onlySavedCommands,
        @Nullable Set<String> savedCommands,
        List<Rule> rules,
        boolean approval,
        @Nullable List<FileRule> files,
        @Nullable List<String> forward) {
    /** Of what rules look at, so that their looking is bounded. */
    static final int MAX_TEXT_LENGTH = 8_192;

    /** The names of refusals that are no rule's. */
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

    /** One that lets nobody at files, and forwards nothing. */
    public Policy(boolean onlySavedCommands, @Nullable Set<String> savedCommands, List<Rule> rules, boolean approval) {
        this(onlySavedCommands, savedCommands, rules, approval, null, null);
    }

    /** The folders in whose files one may read, or write; none where that is forbidden. */
    public List<String> folders(boolean toWrite) {
        return files == null
                ? List.of()
                : files.stream()
                        .filter(rule -> rule.write() || !toWrite)
                        .map(FileRule::prefix)
                        .toList();
    }

    /** Whether connections may lead there. */
    public boolean forwardsTo(ForwardTarget target) {
        return forward != null
                && forward.stream()
                        .map(ForwardPattern::parse)
                        .flatMap(Optional::stream)
                        .anyMatch(pattern -> pattern.matches(target));
    }

    /** The name of what refuses; empty where nothing does. */
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

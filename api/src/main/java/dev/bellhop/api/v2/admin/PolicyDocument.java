// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.admin;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which commands a key, or the keys of an account, may run, which files they may reach, and where they may
 * forward connections to.
 *
 * @param onlySavedCommands whether nothing but saved commands may be run; absent for false
 * @param savedCommands the names of the saved commands that may be run; absent for all
 * @param rules for what is no saved command, in any order; absent for none
 * @param approval whether somebody else has to agree to each; absent for false
 * @param files which files may be read and written; absent for none
 * @param forward where connections from within guests may lead to, each as {@code HOST:PORT}; absent for nowhere
 */
public record PolicyDocument(
        @Nullable Boolean onlySavedCommands,
        @Nullable List<String> savedCommands,
        @Nullable List<PolicyRule> rules,
        @Nullable Boolean approval,
        @Nullable List<PolicyFileRule> files,
        @Nullable List<String> forward) {

    /** Begins a policy that allows all commands, and no files and forwards. */
    public static Builder builder() {
        return new Builder();
    }

    /** Not thread safe. */
    public static final class Builder {

        private final List<PolicyRule> rules = new ArrayList<>();
        private final List<PolicyFileRule> files = new ArrayList<>();
        private @Nullable Boolean onlySavedCommands;
        private @Nullable List<String> savedCommands;
        private @Nullable Boolean approval;
        private @Nullable List<String> forward;

        private Builder() {}

        /** Refuses all commands but saved ones. */
        public Builder onlySavedCommands() {
            onlySavedCommands = true;
            return this;
        }

        /** Refuses all saved commands but these. */
        public Builder savedCommands(String... names) {
            savedCommands = List.of(names);
            return this;
        }

        public Builder rule(PolicyRule rule) {
            rules.add(rule);
            return this;
        }

        /** Requires that another key approves each command. */
        public Builder needsApproval() {
            approval = true;
            return this;
        }

        /** Allows to read the files below an absolute path without links. */
        public Builder readsFiles(String prefix) {
            files.add(new PolicyFileRule(prefix, PolicyFileRule.READ));
            return this;
        }

        /** Allows to read and write the files below an absolute path without links. */
        public Builder writesFiles(String prefix) {
            files.add(new PolicyFileRule(prefix, PolicyFileRule.WRITE));
            return this;
        }

        /** Allows connections from the guest to these targets, each as {@code HOST:PORT}. */
        public Builder forward(String... targets) {
            forward = List.of(targets);
            return this;
        }

        public PolicyDocument build() {
            return new PolicyDocument(
                    onlySavedCommands,
                    savedCommands,
                    rules.isEmpty() ? null : rules,
                    approval,
                    files.isEmpty() ? null : files,
                    forward);
        }
    }

    public PolicyDocument {
        savedCommands = savedCommands == null ? null : List.copyOf(savedCommands);
        rules = rules == null ? null : List.copyOf(rules);
        files = files == null ? null : List.copyOf(files);
        forward = forward == null ? null : List.copyOf(forward);
    }
}

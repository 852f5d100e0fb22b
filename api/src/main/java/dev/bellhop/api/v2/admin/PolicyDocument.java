// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.admin;

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

    public PolicyDocument {
        savedCommands = savedCommands == null ? null : List.copyOf(savedCommands);
        rules = rules == null ? null : List.copyOf(rules);
        files = files == null ? null : List.copyOf(files);
        forward = forward == null ? null : List.copyOf(forward);
    }
}

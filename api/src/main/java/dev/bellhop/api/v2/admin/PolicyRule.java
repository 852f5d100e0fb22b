// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.admin;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One rule of a {@link PolicyDocument}. It matches a command where all the patterns that it has do; each is a regular expression
 * in RE2's syntax.
 *
 * @param name what a refusal says, 1 to 63 of a-z 0-9 . _ -
 * @param effect {@code deny} or {@code allow}
 * @param command of the command's text
 * @param argv0 of the program that runs; of text the shell
 * @param user of who runs it; {@code root} where none is named
 * @param shell of the shell of text; {@code /bin/sh} where none is named
 */
public record PolicyRule(
        String name,
        String effect,
        @Nullable String command,
        @Nullable String argv0,
        @Nullable String user,
        @Nullable String shell) {

    public static final String ALLOW = "allow";
    public static final String DENY = "deny";

    /** Begins a rule that refuses commands. Without a pattern it matches all. */
    public static Builder deny(String name) {
        return new Builder(name, DENY);
    }

    /** Begins a rule that allows commands. */
    public static Builder allow(String name) {
        return new Builder(name, ALLOW);
    }

    /** Each method adds a regular expression in RE2's syntax; all of them have to match. Not thread safe. */
    public static final class Builder {

        private final String name;
        private final String effect;
        private @Nullable String command;
        private @Nullable String argv0;
        private @Nullable String user;
        private @Nullable String shell;

        private Builder(String name, String effect) {
            this.name = name;
            this.effect = effect;
        }

        public Builder command(String pattern) {
            command = pattern;
            return this;
        }

        public Builder argv0(String pattern) {
            argv0 = pattern;
            return this;
        }

        public Builder user(String pattern) {
            user = pattern;
            return this;
        }

        public Builder shell(String pattern) {
            shell = pattern;
            return this;
        }

        public PolicyRule build() {
            return new PolicyRule(name, effect, command, argv0, user, shell);
        }
    }

    public PolicyRule {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(effect, "effect");
    }
}

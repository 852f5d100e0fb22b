// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.terminal;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The body of {@code POST /api/v2/vps/{vmid}/terminals}. With neither {@code command} nor {@code argv} the user's login shell runs. Kept
 * out of {@link #toString} but for sizes.
 *
 * @param cols how wide it is, 1 to 1,000; absent for 80
 * @param rows how high, likewise; absent for 24
 * @param user who it is in the guest; absent for root
 * @param command text for the guest's {@code /bin/sh}
 * @param argv a program and its arguments, which no shell looks at
 * @param env variables, {@code TERM} among them, sorted by name
 * @param cwd an absolute path; absent for the user's home
 */
public record CreateTerminal(
        @Nullable Integer cols,
        @Nullable Integer rows,
        @Nullable String user,
        @Nullable String command,
        @Nullable List<String> argv,
        @Nullable Map<String, String> env,
        @Nullable String cwd) {

    public CreateTerminal {
        argv = argv == null ? null : List.copyOf(argv);
        env = env == null ? null : Collections.unmodifiableMap(new TreeMap<>(env));
    }

    /** Begins a terminal of 80 by 24 with root's login shell. */
    public static Builder builder() {
        return new Builder();
    }

    /** Not thread safe. */
    public static final class Builder {

        private @Nullable Integer cols;
        private @Nullable Integer rows;
        private @Nullable String user;
        private @Nullable String command;
        private @Nullable List<String> argv;
        private @Nullable Map<String, String> env;
        private @Nullable String cwd;

        private Builder() {}

        public Builder size(int columns, int lines) {
            cols = columns;
            rows = lines;
            return this;
        }

        public Builder user(String login) {
            user = login;
            return this;
        }

        /** Runs text with the guest's {@code /bin/sh} instead of a login shell. */
        public Builder command(String text) {
            command = text;
            return this;
        }

        /** Runs a program instead of a login shell. */
        public Builder argv(String... words) {
            argv = List.of(words);
            return this;
        }

        public Builder env(Map<String, String> variables) {
            env = variables;
            return this;
        }

        public Builder cwd(String path) {
            cwd = path;
            return this;
        }

        public CreateTerminal build() {
            return new CreateTerminal(cols, rows, user, command, argv, env, cwd);
        }
    }

    @Override
    public String toString() {
        return "CreateTerminal[" + cols + "x" + rows + "]";
    }
}

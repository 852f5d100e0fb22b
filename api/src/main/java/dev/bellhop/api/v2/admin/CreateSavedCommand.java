// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.admin;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The body of {@code POST /api/v2/saved-commands}: a command to be kept under a name, as its next version. Exactly one of {@code
 * command} and {@code argv} is there. Kept out of {@link #toString} but for its name.
 *
 * @param name 1 to 63 of a-z 0-9 . _ -
 * @param description for people
 * @param account the id of the account that it is to belong to; absent for that of the key it is saved with
 * @param command text for a shell
 * @param argv a program and its arguments; a word that is {@code {{name}}} as a whole is a parameter
 * @param shell the shell for {@code command}; absent for the guest's usual one
 * @param env variables on top of the guest's own
 * @param user who runs it in the guest; absent for the agent's own user
 * @param cwd an absolute path, or {@code ~} for the home of who runs it; absent for where the agent runs
 * @param timeoutSeconds after which it is ended, unless its caller asks for less; absent for no limit
 * @param stdin whether its caller may give it stdin; absent for false
 * @param parameters what its caller gives; absent for none
 */
public record CreateSavedCommand(
        String name,
        @Nullable String description,
        @Nullable String account,
        @Nullable String command,
        @Nullable List<String> argv,
        @Nullable String shell,
        @Nullable Map<String, String> env,
        @Nullable String user,
        @Nullable String cwd,
        @Nullable Integer timeoutSeconds,
        @Nullable Boolean stdin,
        @Nullable List<SavedParameter> parameters) {

    public CreateSavedCommand {
        Objects.requireNonNull(name, "name");
        argv = argv == null ? null : List.copyOf(argv);
        env = env == null ? null : Collections.unmodifiableMap(new TreeMap<>(env));
        parameters = parameters == null ? null : List.copyOf(parameters);
    }

    /** Begins a saved command that runs text with a shell. */
    public static Builder command(String name, String command) {
        return new Builder(name, command, null);
    }

    /** Begins a saved command that runs a program without a shell. */
    public static Builder argv(String name, List<String> argv) {
        return new Builder(name, null, argv);
    }

    /** Not thread safe. */
    public static final class Builder {

        private final String name;
        private final @Nullable String command;
        private final @Nullable List<String> argv;
        private final List<SavedParameter> parameters = new ArrayList<>();
        private @Nullable String description;
        private @Nullable String account;
        private @Nullable String shell;
        private @Nullable Map<String, String> env;
        private @Nullable String user;
        private @Nullable String cwd;
        private @Nullable Integer timeoutSeconds;
        private @Nullable Boolean stdin;

        private Builder(String name, @Nullable String command, @Nullable List<String> argv) {
            this.name = name;
            this.command = command;
            this.argv = argv;
        }

        public Builder description(String text) {
            description = text;
            return this;
        }

        /** The id of the account that owns the command. */
        public Builder account(String id) {
            account = id;
            return this;
        }

        public Builder shell(String path) {
            shell = path;
            return this;
        }

        public Builder env(Map<String, String> variables) {
            env = variables;
            return this;
        }

        public Builder user(String login) {
            user = login;
            return this;
        }

        public Builder cwd(String path) {
            cwd = path;
            return this;
        }

        public Builder timeoutSeconds(int seconds) {
            timeoutSeconds = seconds;
            return this;
        }

        /** Allows callers to send stdin. */
        public Builder acceptsStdin() {
            stdin = true;
            return this;
        }

        /** Adds a parameter. */
        public Builder parameter(SavedParameter parameter) {
            parameters.add(parameter);
            return this;
        }

        public CreateSavedCommand build() {
            return new CreateSavedCommand(
                    name,
                    description,
                    account,
                    command,
                    argv,
                    shell,
                    env,
                    user,
                    cwd,
                    timeoutSeconds,
                    stdin,
                    parameters.isEmpty() ? null : parameters);
        }
    }

    @Override
    public String toString() {
        return "CreateSavedCommand[" + name + "]";
    }
}

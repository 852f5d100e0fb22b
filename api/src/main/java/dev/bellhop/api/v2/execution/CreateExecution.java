// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.execution;

import dev.bellhop.api.v2.SimpleValue;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.annotation.JsonDeserialize;

/**
 * The body of {@code POST /api/v2/vps/{vmid}/executions}: what to run, and how. Exactly one of {@code command}, {@code
 * argv} and {@code savedCommand} is there; the server tells what else is wrong. Kept out of {@link #toString} as a whole, but for sizes.
 *
 * @param command text for a shell, at most 65,536 bytes as UTF-8
 * @param argv a program and its arguments, which no shell looks at
 * @param shell the shell for {@code command}; absent for the guest's usual one
 * @param stdin what stands on its stdin; absent for nothing
 * @param stdinBase64 the same for bytes that are no text
 * @param stdinFollows whether its stdin is sent while it runs; not together with the two above
 * @param env variables on top of the guest's own, sorted by name
 * @param secretEnv likewise, whose values are shown to nobody, and are masked in what the command writes; sorted by name
 * @param cwd an absolute path, or {@code ~} for the home of who runs it; absent for where the agent runs
 * @param user who runs it in the guest; absent for the agent's own user
 * @param timeoutSeconds after which it is ended in the guest; absent for no limit
 * @param deliveryTimeoutSeconds for how long it may wait for an agent that is not there yet; absent for not at all
 * @param labels the caller's own names and values, sorted by name
 * @param savedCommand the name of a saved command, which says what to run and as whom
 * @param version which version of it; absent for the newest
 * @param parameters of the saved command, sorted by name: texts, numbers, true or false
 */
public record CreateExecution(
        @Nullable String command,
        @Nullable List<String> argv,
        @Nullable String shell,
        @Nullable String stdin,
        @Nullable String stdinBase64,
        @Nullable Boolean stdinFollows,
        @Nullable Map<String, String> env,
        @Nullable Map<String, String> secretEnv,
        @Nullable String cwd,
        @Nullable String user,
        @Nullable Integer timeoutSeconds,
        @Nullable Integer deliveryTimeoutSeconds,
        @Nullable Map<String, String> labels,
        @Nullable String savedCommand,
        @Nullable Integer version,

        @Nullable @JsonDeserialize(contentUsing = SimpleValue.class)
        Map<String, Object> parameters) {

    public CreateExecution {
        argv = argv == null ? null : List.copyOf(argv);
        env = sorted(env);
        secretEnv = sorted(secretEnv);
        labels = sorted(labels);
        parameters = sorted(parameters);
    }

    /** Sorted, so that two requests for the same thing have the same bytes. */
    private static <V> @Nullable Map<String, V> sorted(@Nullable Map<String, V> map) {
        return map == null ? null : Collections.unmodifiableMap(new TreeMap<>(map));
    }

    /** Begins a request for a command, which is text for a shell. */
    public static Builder command(String command) {
        return new Builder(command, null, null);
    }

    /** Begins a request for a program with its arguments. */
    public static Builder argv(List<String> argv) {
        return new Builder(null, argv, null);
    }

    /** Begins a request for a saved command. */
    public static Builder saved(String name) {
        return new Builder(null, null, name);
    }

    @Override
    public String toString() {
        return "CreateExecution[command=" + Redacted.text(command) + ", argv=" + Redacted.list(argv) + ", env="
                + (env == null ? 0 : env.size()) + " variables, secretEnv=" + (secretEnv == null ? 0 : secretEnv.size())
                + " variables]";
    }

    /** Puts a request together. Not thread safe. */
    public static final class Builder {

        private final @Nullable String command;
        private final @Nullable List<String> argv;
        private final @Nullable String savedCommand;
        private @Nullable String shell;
        private @Nullable String stdin;
        private @Nullable String stdinBase64;
        private @Nullable Boolean stdinFollows;
        private @Nullable Map<String, String> env;
        private @Nullable Map<String, String> secretEnv;
        private @Nullable String cwd;
        private @Nullable String user;
        private @Nullable Integer timeoutSeconds;
        private @Nullable Integer deliveryTimeoutSeconds;
        private @Nullable Map<String, String> labels;
        private @Nullable Integer version;
        private @Nullable Map<String, Object> parameters;

        private Builder(@Nullable String command, @Nullable List<String> argv, @Nullable String savedCommand) {
            this.command = command;
            this.argv = argv;
            this.savedCommand = savedCommand;
        }

        public Builder shell(@Nullable String path) {
            shell = path;
            return this;
        }

        public Builder stdin(@Nullable String text) {
            stdin = text;
            return this;
        }

        public Builder stdinBase64(@Nullable String base64) {
            stdinBase64 = base64;
            return this;
        }

        /** Has the command wait for more stdin, which is written while it runs. */
        public Builder stdinFollows() {
            stdinFollows = true;
            return this;
        }

        /** An empty map is the same as none. */
        public Builder env(Map<String, String> variables) {
            env = variables.isEmpty() ? null : variables;
            return this;
        }

        /** An empty map is the same as none. */
        public Builder secretEnv(Map<String, String> variables) {
            secretEnv = variables.isEmpty() ? null : variables;
            return this;
        }

        public Builder cwd(@Nullable String path) {
            cwd = path;
            return this;
        }

        public Builder user(@Nullable String name) {
            user = name;
            return this;
        }

        public Builder timeoutSeconds(@Nullable Integer seconds) {
            timeoutSeconds = seconds;
            return this;
        }

        public Builder deliveryTimeoutSeconds(@Nullable Integer seconds) {
            deliveryTimeoutSeconds = seconds;
            return this;
        }

        /** An empty map is the same as none. */
        public Builder labels(Map<String, String> values) {
            labels = values.isEmpty() ? null : values;
            return this;
        }

        /** Of a saved command; absent for the newest. */
        public Builder version(@Nullable Integer number) {
            version = number;
            return this;
        }

        /** Of a saved command; an empty map is the same as none. */
        public Builder parameters(Map<String, Object> values) {
            parameters = values.isEmpty() ? null : values;
            return this;
        }

        public CreateExecution build() {
            return new CreateExecution(
                    command,
                    argv,
                    shell,
                    stdin,
                    stdinBase64,
                    stdinFollows,
                    env,
                    secretEnv,
                    cwd,
                    user,
                    timeoutSeconds,
                    deliveryTimeoutSeconds,
                    labels,
                    savedCommand,
                    version,
                    parameters);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.admin;

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

    @Override
    public String toString() {
        return "CreateSavedCommand[" + name + "]";
    }
}

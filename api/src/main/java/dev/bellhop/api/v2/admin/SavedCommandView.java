// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.admin;

import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One version of a saved command. What it runs is absent for a key that may neither run commands nor manage keys. Kept out of
 * {@link #toString} but for its name and version.
 *
 * @param name its name
 * @param version its number among those of its name, from 1 on
 * @param description for people
 * @param account the id of the account that it belongs to; absent where it is the operator's
 * @param command text for a shell
 * @param argv a program and its arguments, parameters as {@code {{name}}}
 * @param shell the shell for {@code command}
 * @param env variables on top of the guest's own
 * @param user who runs it in the guest
 * @param cwd where it runs
 * @param timeoutSeconds after which it is ended
 * @param stdin whether its caller may give it stdin
 * @param parameters what its caller gives
 * @param createdAt when it was saved
 * @param keyId id of the key that it was saved with
 */
public record SavedCommandView(
        String name,
        int version,
        @Nullable String description,
        @Nullable String account,
        @Nullable String command,
        @Nullable List<String> argv,
        @Nullable String shell,
        @Nullable Map<String, String> env,
        @Nullable String user,
        @Nullable String cwd,
        @Nullable Integer timeoutSeconds,
        boolean stdin,
        List<SavedParameter> parameters,
        Instant createdAt,
        String keyId) {

    public SavedCommandView {
        Objects.requireNonNull(name, "name");
        argv = argv == null ? null : List.copyOf(argv);
        env = env == null ? null : Collections.unmodifiableMap(new TreeMap<>(env));
        parameters = List.copyOf(Objects.requireNonNull(parameters, "parameters"));
        Objects.requireNonNull(createdAt, "createdAt");
        Objects.requireNonNull(keyId, "keyId");
    }

    @Override
    public String toString() {
        return "SavedCommandView[" + name + ", version " + version + "]";
    }
}

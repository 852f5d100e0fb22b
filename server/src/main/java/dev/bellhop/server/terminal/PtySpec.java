// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal;

import dev.bellhop.server.execution.LoginSession;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is to run in a pty, and as whom.
 *
 * @param user as the guest knows it
 * @param cwd an absolute path; absent for the user's home
 * @param env what comes on top of the variables that a login has
 * @param argv a program and its arguments; empty for the user's login shell
 * @param login of a terminal over SSH; absent for others. The program is then the user's login shell
 * @param modes to change before the program starts; absent for none
 */
public record PtySpec(
        WindowSize size,
        String user,
        @Nullable String cwd,
        Map<String, String> env,
        List<String> argv,
        @Nullable LoginSession login,
        @Nullable TerminalModes modes) {
    public PtySpec {
        env = Map.copyOf(env);
        argv = List.copyOf(argv);
    }

    /** One without a session of SSH. */
    public PtySpec(WindowSize size, String user, @Nullable String cwd, Map<String, String> env, List<String> argv) {
        this(size, user, cwd, env, argv, null, null);
    }

    /** All variables besides the ones of a login; a session of SSH overrides {@code env}. */
    public Map<String, String> variables() {
        if (login == null) {
            return env;
        }
        Map<String, String> variables = new HashMap<>(env);
        variables.putAll(login.variables());
        return variables;
    }

    @Override
    public String toString() {
        return "PtySpec[" + size + ", words=" + argv.size() + "]";
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal;

import dev.bellhop.server.execution.LoginSession;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A command to run in a pty, and its user.
 *
 * @param user user name in the guest
 * @param cwd an absolute path; absent for the user's home
 * @param env variables in addition to the login's own
 * @param argv a program and its arguments; empty for the user's login shell
 * @param login login of a terminal over SSH, which runs the user's login shell; absent for other terminals
 * @param modes modes to change before the program starts; absent for none
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

    /** Creates a spec without an SSH session. */
    public PtySpec(WindowSize size, String user, @Nullable String cwd, Map<String, String> env, List<String> argv) {
        this(size, user, cwd, env, argv, null, null);
    }

    /** Returns all variables besides the login's own; an SSH session overrides {@code env}. */
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

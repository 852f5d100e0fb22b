// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal;

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
 */
public record PtySpec(
        WindowSize size, String user, @Nullable String cwd, Map<String, String> env, List<String> argv) {
    public PtySpec {
        env = Map.copyOf(env);
        argv = List.copyOf(argv);
    }

    @Override
    public String toString() {
        return "PtySpec[" + size + ", words=" + argv.size() + "]";
    }
}

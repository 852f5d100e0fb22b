// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An SSH session. Its command runs in the login shell of its user in the guest, with the variables that sshd sets.
 * Policies and approvers see neither the shell nor the variables: the text of the command is the same.
 *
 * @param startsShell true if the client has sent no command, so the shell itself reads stdin
 * @param client the value of {@code SSH_CLIENT}: address and port of the client, and the port of the server
 * @param connection the value of {@code SSH_CONNECTION}: address and port of the client, and address and port of the
 *     server
 */
public record LoginSession(
        boolean startsShell,
        @Nullable String client,
        @Nullable String connection) {
    private static final String CLIENT = "SSH_CLIENT";
    private static final String CONNECTION = "SSH_CONNECTION";

    /** The variables that sshd sets, whatever the client sends. */
    public static final Set<String> VARIABLES =
            Set.of("USER", "LOGNAME", "HOME", "SHELL", "PATH", CLIENT, CONNECTION, "SSH_TTY");

    /** Returns the session of a connection between these two addresses. */
    public static LoginSession between(InetSocketAddress client, InetSocketAddress server, boolean startsShell) {
        String from = client.getAddress().getHostAddress() + " " + client.getPort();
        String to = server.getAddress().getHostAddress() + " " + server.getPort();
        return new LoginSession(startsShell, from + " " + server.getPort(), from + " " + to);
    }

    /** Returns {@code SSH_CLIENT} and {@code SSH_CONNECTION}, if the addresses are known. */
    public Map<String, String> variables() {
        return client == null || connection == null ? Map.of() : Map.of(CLIENT, client, CONNECTION, connection);
    }
}

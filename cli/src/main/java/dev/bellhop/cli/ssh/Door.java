// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.ssh;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.admin.SshDoorView;
import dev.bellhop.cli.command.CliException;
import dev.bellhop.cli.command.ClientOptions;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Where the SSH door is. What other programs' files are to hold of it has no character that means anything there.
 *
 * @param hostKeys as known_hosts has them behind the name
 */
record Door(String host, int port, List<String> hostKeys) {

    private static final int SSH_PORT = 22;

    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9:][A-Za-z0-9.:_-]{0,254}");
    private static final Pattern HOST_KEY = Pattern.compile("[a-z0-9@.-]+ [A-Za-z0-9+/]+=*");

    static Door of(BellhopClient client, ClientOptions options) throws InterruptedException {
        SshDoorView view = client.server().sshDoor();
        String host = view.host() == null ? options.serverHost() : view.host();
        List<String> hostKeys =
                view.hostKeys().stream().map(key -> key.publicKey().strip()).toList();
        if (!HOST.matcher(host).matches() || !hostKeys.stream().allMatch(HOST_KEY.asMatchPredicate())) {
            throw new CliException(
                    "Cannot use what the server says of its SSH door because its host or a host key is malformed");
        }
        return new Door(host, view.port(), hostKeys);
    }

    /** A line of known_hosts for each host key. */
    List<String> knownHosts() {
        String name = port == SSH_PORT ? host : "[" + host + "]:" + port;
        return hostKeys.stream().map(key -> name + " " + key).toList();
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.guest;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Calls of the guest agent that Bellhop never makes, but other programs on the node do, such as backups. */
final class RawAgent {
    private static final JsonMapper JSON = new JsonMapper();

    private RawAgent() {}

    /**
     * Calls a command without arguments and returns its result. If another program has the channel, QEMU admits this one
     * once that has left.
     */
    static JsonNode call(Path socket, String operation) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            channel.write(UTF_8.encode("{\"execute\": \"" + operation + "\"}\n"));
            var reader = new BufferedReader(Channels.newReader(channel, UTF_8));
            return JSON.readTree(reader.readLine()).required("return");
        }
    }
}

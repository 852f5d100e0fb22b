// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Calls of the guest agent that Bellhop never makes, and that others on the node do: of a backup program, say. */
final class RawAgent {
    private static final JsonMapper JSON = new JsonMapper();

    private RawAgent() {}

    /**
     * Calls an operation that takes no arguments, and gives what it returned. Where another program has the channel,
     * QEMU lets this one in when that has left.
     */
    static JsonNode call(Path socket, String operation) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            channel.write(UTF_8.encode("{\"execute\": \"" + operation + "\"}\n"));
            var reader = new BufferedReader(Channels.newReader(channel, UTF_8));
            return JSON.readTree(reader.readLine()).required("return");
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga.client;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Bytes to and from an agent with nothing in between; each byte is a character. */
final class RawClient implements AutoCloseable {

    private final SocketChannel channel;
    private final InputStream in;

    public RawClient(Path socket) throws IOException {
        channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
        in = new BufferedInputStream(Channels.newInputStream(channel));
    }

    public void send(String bytes) throws IOException {
        channel.write(ByteBuffer.wrap(bytes.getBytes(StandardCharsets.ISO_8859_1)));
    }

    /** The next line, without its line feed; less at the end of the input. */
    public String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
            line.write(b);
        }
        return line.toString(StandardCharsets.ISO_8859_1);
    }

    /**
     * Reads until the agent has nothing left to say. An agent that listens on a socket ends if its client leaves a reply
     * unread, so a client that wants to return calls this before leaving.
     */
    public void readUp() throws IOException {
        send("\u00FF{\"execute\":\"guest-sync-delimited\",\"arguments\":{\"id\":77}}\n");
        String line = line();
        while (!line.equals("\u00FF{\"return\": 77}")) {
            if (line.isEmpty()) {
                throw new EOFException("The agent has gone");
            }
            line = line();
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}

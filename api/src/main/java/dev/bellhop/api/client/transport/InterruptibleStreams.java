// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client.transport;

import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.channels.spi.AbstractInterruptibleChannel;

/** Closes a socket without a channel when the thread is interrupted that waits for it, as a channel does of itself. */
final class InterruptibleStreams extends AbstractInterruptibleChannel {

    private final Socket socket;

    InterruptibleStreams(Socket socket) {
        this.socket = socket;
    }

    @Override
    protected void implCloseChannel() throws IOException {
        socket.close();
    }

    InputStream input(InputStream plain) {
        return new FilterInputStream(plain) {
            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                boolean completed = false;
                try {
                    begin();
                    int count = in.read(bytes, offset, length);
                    completed = true;
                    return count;
                } finally {
                    end(completed);
                }
            }
        };
    }

    OutputStream output(OutputStream plain) {
        return new FilterOutputStream(plain) {
            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                boolean completed = false;
                try {
                    begin();
                    out.write(bytes, offset, length);
                    completed = true;
                } finally {
                    end(completed);
                }
            }
        };
    }
}

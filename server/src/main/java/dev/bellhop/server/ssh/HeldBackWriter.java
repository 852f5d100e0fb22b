// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import java.io.IOException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.sshd.common.channel.Channel;
import org.apache.sshd.common.channel.throttle.DefaultChannelStreamWriter;
import org.apache.sshd.common.io.IoWriteFuture;
import org.apache.sshd.common.util.buffer.Buffer;

/**
 * Holds back a command's output until the connection has taken most of what came before. The window of a client does not do that alone: it
 * may be larger than this server's memory, and some clients say so and rely on TCP. One for each stream of a channel.
 */
final class HeldBackWriter extends DefaultChannelStreamWriter {
    /** Of 32 KiB each. */
    private static final int MAX_PACKETS = 8;

    private static final long LOOK_MILLIS = 500;

    private final Semaphore room = new Semaphore(MAX_PACKETS);

    HeldBackWriter(Channel channel) {
        super(channel);
    }

    @Override
    public IoWriteFuture writeData(Buffer buffer) throws IOException {
        // The library's own threads write what is left when they close a stream, and must not wait.
        if (!Thread.currentThread().isVirtual()) {
            return super.writeData(buffer);
        }
        awaitRoom();
        IoWriteFuture future;
        try {
            future = super.writeData(buffer);
        } catch (IOException | RuntimeException e) {
            room.release();
            throw e;
        }
        future.addListener(written -> room.release());
        return future;
    }

    private void awaitRoom() throws IOException {
        try {
            while (!room.tryAcquire(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
                if (!channel.isOpen()) {
                    throw new IOException("the channel is closed");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}

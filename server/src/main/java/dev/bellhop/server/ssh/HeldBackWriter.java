// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import dev.bellhop.server.ssh.memory.ChannelMemory;
import dev.bellhop.server.ssh.memory.DoorMemory;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.apache.sshd.common.channel.Channel;
import org.apache.sshd.common.channel.throttle.DefaultChannelStreamWriter;
import org.apache.sshd.common.io.IoWriteFuture;
import org.apache.sshd.common.util.buffer.Buffer;

/**
 * Holds back a command's output until the connection has sent most of the earlier output. The client's window is not
 * enough: it can be larger than this server's memory, and some clients set it so and rely on TCP. Each stream of a
 * channel has one writer; it can always send one packet, and several if there is memory for them.
 */
final class HeldBackWriter extends DefaultChannelStreamWriter {
    private static final int MAX_PACKETS = 8;

    private static final long LOOK_MILLIS = 500;

    private final ChannelMemory memory;

    /** Guarded by this. */
    private int underWay;

    HeldBackWriter(Channel channel, ChannelMemory memory) {
        super(channel);
        this.memory = memory;
    }

    @Override
    public IoWriteFuture writeData(Buffer buffer) throws IOException {
        // The library's own threads write the rest when they close a stream, and must not wait.
        if (!Thread.currentThread().isVirtual()) {
            return super.writeData(buffer);
        }
        long taken = begin();
        IoWriteFuture future;
        try {
            future = super.writeData(buffer);
        } catch (IOException | RuntimeException e) {
            end(taken);
            throw e;
        }
        future.addListener(written -> end(taken));
        return future;
    }

    /** Waits for room; returns the bytes reserved for the packet. */
    private synchronized long begin() throws IOException {
        try {
            while (true) {
                boolean isFree = underWay == 0;
                if (isFree || (underWay < MAX_PACKETS && memory.take(DoorMemory.PACKET))) {
                    underWay++;
                    memory.packetBegins();
                    return isFree ? 0 : DoorMemory.PACKET;
                }
                TimeUnit.MILLISECONDS.timedWait(this, LOOK_MILLIS);
                if (!channel.isOpen()) {
                    throw new IOException("the channel is closed");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private void end(long taken) {
        synchronized (this) {
            underWay--;
            notifyAll();
        }
        memory.packetEnds(taken);
    }
}

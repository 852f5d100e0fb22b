// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.server.limit.FairLimit;
import dev.bellhop.server.ssh.memory.DoorMemory;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.sshd.common.channel.Channel;
import org.apache.sshd.common.io.AbstractIoWriteFuture;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
@Tag("ssh")
class HeldBackWriterTest {
    private final List<Written> written = new CopyOnWriteArrayList<>();
    private volatile boolean isOpen = true;

    /** A packet that the connection has yet to take. */
    private static final class Written extends AbstractIoWriteFuture {
        Written() {
            super("packet", null);
        }

        void take() {
            setValue(true);
        }
    }

    /** A channel that takes all packets, and sends none of them by itself. */
    private final Channel channel = (Channel) Proxy.newProxyInstance(
            Channel.class.getClassLoader(), new Class<?>[] {Channel.class}, (proxy, method, arguments) -> {
                return switch (method.getName()) {
                    case "isOpen" -> isOpen;
                    case "writePacket" -> added(new Written());
                    default -> throw new UnsupportedOperationException(method.getName());
                };
            });

    private Written added(Written packet) {
        written.add(packet);
        return packet;
    }

    private HeldBackWriter writer = writer(DoorMemory.Size.ofHeap());

    private HeldBackWriter writer(DoorMemory.Size size) {
        return new HeldBackWriter(
                channel,
                new DoorMemory(new FairLimit(size.channels()), new FairLimit(size.more()))
                        .take("holder")
                        .orElseThrow());
    }

    private Thread writing(int packets) {
        return Thread.ofVirtual().start(() -> {
            try {
                for (int i = 0; i < packets; i++) {
                    writer.writeData(new ByteArrayBuffer(32));
                }
            } catch (IOException e) {
                // The channel is closed.
            }
        });
    }

    @Test
    void whoWritesWaitsUntilTheConnectionHasTakenWhatCameBefore() throws Exception {
        Thread thread = writing(10);
        await().until(() -> written.size() == 8 && thread.getState() == Thread.State.TIMED_WAITING);
        written.getFirst().take();
        await().until(() -> written.size() == 9);
        written.get(1).take();
        thread.join();
        assertThat(written).hasSize(10);
    }

    @Test
    void whereThereIsNoMemoryOnePacketIsOnItsWayAtATime() throws Exception {
        writer = writer(new DoorMemory.Size(1 << 20, 0));
        Thread thread = writing(3);
        for (int i = 0; i < 3; i++) {
            int count = i + 1;
            await().until(() ->
                    written.size() == count && (count == 3 || thread.getState() == Thread.State.TIMED_WAITING));
            written.get(i).take();
        }
        thread.join();
        assertThat(written).hasSize(3);
    }

    @Test
    void whoWaitsIsLetGoWhereTheChannelIsClosed() throws Exception {
        Thread thread = writing(9);
        await().until(() -> written.size() == 8);
        isOpen = false;
        thread.join();
        assertThat(written).hasSize(8);
    }

    /** They would hold up all sessions. */
    @Test
    void theLibrarysOwnThreadsDoNotWait() throws Exception {
        Thread thread = Thread.ofPlatform().start(() -> {
            try {
                for (int i = 0; i < 20; i++) {
                    writer.writeData(new ByteArrayBuffer(32));
                }
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        thread.join();
        assertThat(written).hasSize(20);
    }
}

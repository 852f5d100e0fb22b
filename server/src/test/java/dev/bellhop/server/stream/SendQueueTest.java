// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What waits while a guest does not read. */
class SendQueueTest {
    private final SendQueue queue = new SendQueue();

    /** All that waits, as {@code TYPE channel payload}. */
    private List<String> sent() throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        queue.send(FrameType.CLOSE, 99);
        Thread writer = Thread.startVirtualThread(() -> {
            try {
                queue.writeTo(Channels.newChannel(new ByteArrayOutputStream() {
                    @Override
                    public synchronized void write(byte[] some, int offset, int length) {
                        bytes.write(some, offset, length);
                        queue.close();
                    }
                }));
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        writer.join();
        List<String> frames = new ArrayList<>();
        ByteBuffer all = ByteBuffer.wrap(bytes.toByteArray());
        while (all.hasRemaining()) {
            int type = all.get();
            int channel = all.getInt();
            byte[] payload = new byte[all.getInt()];
            all.get(payload);
            if (channel != 99) {
                frames.add(type + " " + channel + " " + java.util.Arrays.toString(payload));
            }
        }
        return frames;
    }

    private static ByteBuffer size(int rows, int columns) {
        return ByteBuffer.allocate(4).putShort((short) rows).putShort((short) columns);
    }

    private static ByteBuffer credit(int which, int bytes) {
        return ByteBuffer.allocate(5).put((byte) which).putInt(bytes);
    }

    @Test
    void onlyTheLastSizeOfAChannelWaits() throws Exception {
        for (int i = 1; i <= 100; i++) {
            queue.send(FrameType.RESIZE, 1, size(i, i));
        }
        queue.send(FrameType.RESIZE, 2, size(7, 8));

        assertThat(sent()).containsExactlyInAnyOrder("6 1 [0, 100, 0, 100]", "6 2 [0, 7, 0, 8]");
    }

    @Test
    void creditsAreAddedUpAndOnePingIsEnough() throws Exception {
        for (int i = 0; i < 3; i++) {
            queue.send(FrameType.CREDIT, 1, credit(0, 1));
            queue.send(FrameType.CREDIT, 1, credit(1, 2));
            queue.send(FrameType.PING, 0);
        }

        assertThat(sent()).containsExactlyInAnyOrder("4 1 [0, 0, 0, 0, 3]", "4 1 [1, 0, 0, 0, 6]", "8 0 []");
    }

    @Test
    void theSameSignalWaitsOnceAndDataAllOfIt() throws Exception {
        for (int i = 0; i < 3; i++) {
            queue.send(FrameType.SIGNAL, 1, ByteBuffer.allocate(4).putInt(1));
            queue.send(FrameType.DATA, 1, new byte[] {(byte) i}, 0, 1);
        }

        assertThat(sent()).containsExactly("5 1 [0, 0, 0, 1]", "2 1 [0]", "2 1 [1]", "2 1 [2]");
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.sftp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.bellhop.server.limit.FairLimit;
import dev.bellhop.server.ssh.memory.DoorMemory;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How far a client is read ahead of its answers. */
@Timeout(30)
@Tag("ssh")
class SftpInputTest {
    private static final int USUAL = SftpInput.USUAL_DATA;
    private static final int LARGE = 200 << 10;

    private static byte[] writes(int size, int count) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int i = 0; i < count; i++) {
            all.writeBytes(SftpWire.message(SftpPacket.WRITE, i, "h", 0L, new byte[size]));
        }
        return all.toByteArray();
    }

    /** A client that has sent all that it has to say. */
    private static final class Sent {
        private final ByteArrayInputStream stream;
        private final DoorMemory door;
        private final SftpInput input;
        private final long before;

        /** @param more than a channel has in any case */
        Sent(byte[] bytes, long more) {
            stream = new ByteArrayInputStream(bytes);
            door = new DoorMemory(new FairLimit(1 << 20), new FairLimit(more));
            input = new SftpInput(door.take("holder").orElseThrow(), Duration.ZERO);
            before = door.held();
        }

        Thread read() {
            return Thread.ofVirtual().start(() -> input.readAll(stream));
        }

        int next() throws Exception {
            return Objects.requireNonNull(input.take()).id();
        }
    }

    @Test
    void withoutMemoryOneMessageIsReadAfterTheOtherIsAnswered() throws Exception {
        Sent poor = new Sent(writes(USUAL, 3), 0);
        int each = poor.stream.available() / 3;
        Thread reader = poor.read();
        for (int i = 0; i < 3; i++) {
            assertThat(poor.next()).isEqualTo(i);
            if (i < 2) {
                await().until(() -> reader.getState() == Thread.State.TIMED_WAITING);
                // But for the length of the next one.
                assertThat(poor.stream.available()).isEqualTo((2 - i) * each - 4);
                assertThat(poor.input.poll(0)).isNull();
            }
            poor.input.answered();
        }
        assertThat(poor.input.take()).isNull();
        assertThat(poor.door.held()).isEqualTo(poor.before);
    }

    @Test
    void withMemorySeveralAre() throws Exception {
        Sent rich = new Sent(writes(USUAL, 3), 1 << 20);
        rich.read().join();
        assertThat(rich.stream.available()).isZero();
        assertThat(rich.door.held()).isGreaterThan(rich.before + 6L * USUAL);
        for (int i = 0; i < 3; i++) {
            assertThat(rich.next()).isEqualTo(i);
        }
        rich.input.answeredButLast();
        assertThat(rich.door.held())
                .as("the last one is not answered")
                .isBetween(rich.before + 2L * USUAL, rich.before + 3L * USUAL);
        rich.input.answered();
        assertThat(rich.door.held()).isEqualTo(rich.before);
    }

    /** No client has to send such ones, and the server says so. */
    @Test
    void aLargeOneForWhichThereIsNoMemoryEndsTheSession() throws Exception {
        Sent large = new Sent(writes(LARGE, 1), LARGE);
        large.read().join();
        assertThatThrownBy(large.input::take)
                .isInstanceOf(SftpInput.NoMemoryException.class)
                .hasMessageContaining("sftp -B 32768");
        assertThat(large.door.held()).isEqualTo(large.before);
    }
}

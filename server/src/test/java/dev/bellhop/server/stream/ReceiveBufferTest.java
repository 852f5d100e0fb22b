// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.qga.Deadline;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What a guest has sent, and nobody has read. */
class ReceiveBufferTest {
    @Test
    void singleBytesAreKeptTogetherAndInOrder() throws Exception {
        ReceiveBuffer buffer = new ReceiveBuffer(new SendQueue(), 1, 0);
        ByteArrayOutputStream expected = new ByteArrayOutputStream();
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        Deadline deadline = Deadline.after(Duration.ofSeconds(20));
        for (int i = 0; i < 10_000; i++) {
            byte[] data = i == 5000 ? new byte[8192] : new byte[] {(byte) i};
            expected.writeBytes(data);
            buffer.accept(data);
            if (i == 100) {
                read.writeBytes(buffer.read(1, deadline).orElseThrow());
                read.writeBytes(buffer.read(7, deadline).orElseThrow());
            }
        }
        buffer.end();
        int reads = 0;
        for (var some = buffer.read(1 << 20, deadline); some.isPresent(); some = buffer.read(1 << 20, deadline)) {
            read.writeBytes(some.get());
            reads++;
        }
        assertThat(read.toByteArray()).isEqualTo(expected.toByteArray());
        assertThat(reads).isLessThan(10);
    }
}

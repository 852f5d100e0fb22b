// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.sshd.common.channel.ChannelPipedInputStream;
import org.apache.sshd.common.channel.LocalWindow;
import org.apache.sshd.server.channel.ChannelSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What of a channel's stdin goes along with the start of its command. */
@Tag("ssh")
class EarlyInputTest {
    private static final int MAX = 512 << 10;
    private static final byte[] WORDS = "words".getBytes(StandardCharsets.UTF_8);

    /** Its client never has to be told that there is room again. */
    private static final class WideWindow extends LocalWindow {
        WideWindow() {
            super(new ChannelSession(), true);
        }

        @Override
        public void release(long bytes) {}
    }

    private final ChannelPipedInputStream in = new ChannelPipedInputStream(new WideWindow(), 0L);

    private void receive(byte[] bytes) throws IOException {
        in.receive(bytes, 0, bytes.length);
    }

    @Test
    void allThatCameWithItsEndIsWhole() throws Exception {
        receive(WORDS);
        receive(WORDS);
        in.eof();
        EarlyInput early = EarlyInput.read(in, () -> true, bytes -> true);
        assertThat(early.isWhole()).isTrue();
        assertThat(early.bytes()).asString(StandardCharsets.UTF_8).isEqualTo("wordswords");
    }

    @Test
    void theEndAloneIsWholeToo() throws Exception {
        in.eof();
        EarlyInput early = EarlyInput.read(in, () -> true, bytes -> true);
        assertThat(early.isWhole()).isTrue();
        assertThat(early.bytes()).isEmpty();
    }

    @Test
    void whatIsNotThereIsNotWaitedForAndCanBeReadLater() throws Exception {
        receive(WORDS);
        EarlyInput early = EarlyInput.read(in, () -> false, bytes -> true);
        assertThat(early.isWhole()).isFalse();
        assertThat(early.bytes()).isEqualTo(WORDS);
        assertThat(in.getTimeout()).as("who reads on waits for ever").isZero();
        receive(new byte[] {7});
        assertThat(in.read()).isEqualTo(7);
    }

    @Test
    void whatBreaksOffIsNotWhole() throws Exception {
        receive(WORDS);
        in.eof();
        assertThat(EarlyInput.read(in, () -> false, bytes -> true).isWhole()).isFalse();
    }

    @Test
    void ofMoreThanIsHeldTheRestIsLeft() throws Exception {
        receive(new byte[MAX]);
        receive(WORDS);
        in.eof();
        EarlyInput early = EarlyInput.read(in, () -> true, bytes -> true);
        assertThat(early.isWhole()).isFalse();
        assertThat(early.bytes()).hasSize(MAX);
        assertThat(in.readAllBytes()).isEqualTo(WORDS);
    }

    /** It comes once the command runs, piece by piece. */
    @Test
    void ofWhatThereIsNoMemoryForTheRestIsLeft() throws Exception {
        receive(new byte[MAX / 2]);
        in.eof();
        EarlyInput early = EarlyInput.read(in, () -> true, bytes -> false);
        assertThat(early.isWhole()).isFalse();
        assertThat(early.isCut()).isTrue();
        assertThat(early.bytes()).hasSizeBetween(1, MAX / 8);
        assertThat(in.readAllBytes()).hasSize(MAX / 2 - early.bytes().length);
    }

    @Test
    void memoryIsWaitedForAWhile() throws Exception {
        receive(new byte[MAX / 2]);
        in.eof();
        AtomicInteger asked = new AtomicInteger();
        EarlyInput early = EarlyInput.read(in, () -> true, bytes -> asked.incrementAndGet() > 3);
        assertThat(early.isWhole()).isTrue();
        assertThat(early.bytes()).hasSize(MAX / 2);
    }

    @Test
    void aLittleNeedsNoMemory() throws Exception {
        receive(WORDS);
        in.eof();
        assertThat(EarlyInput.read(in, () -> true, bytes -> false).isWhole()).isTrue();
    }

    @Test
    @Timeout(20)
    void aClientThatSendsALittleForEverHoldsNothingUp() throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        Thread client = Thread.ofVirtual().start(() -> {
            while (!over.get()) {
                try {
                    receive(new byte[1]);
                    Thread.sleep(5);
                } catch (IOException | InterruptedException e) {
                    return;
                }
            }
        });
        assertThat(EarlyInput.read(in, () -> false, bytes -> true).isWhole()).isFalse();
        over.set(true);
        client.join();
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.cli.Cli;
import dev.bellhop.cli.RealServer;
import dev.bellhop.cli.terminal.Stdin;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Which input reaches a command, and when. */
@Timeout(120)
@Tag("real")
class StdinTest {

    private static final byte[] TEXT = "gr\u00fc\u00dfe\n".getBytes(StandardCharsets.UTF_8);

    private static RealServer real;

    @BeforeAll
    static void start(@TempDir Path folder) throws Exception {
        real = RealServer.start(folder);
    }

    @AfterAll
    static void stop() {
        real.close();
    }

    @Test
    void aPipeIsPassedOn() {
        assertThat(real.run(RealServer.pipe(TEXT), "exec", "1", "--", "cat").outBytes())
                .isEqualTo(TEXT);
    }

    @Test
    void aPipeWithNothingInItIsNoInput() {
        Cli.Run run = real.run(RealServer.pipe(new byte[0]), "exec", "1", "--", "cat; echo over");

        assertThat(run.out()).isEqualTo("over\n");
    }

    @Test
    void bytesOfAnySizeArriveAsTheyAre() {
        byte[] bytes = new byte[(3 << 20) + 7];
        new Random(3).nextBytes(bytes);

        Cli.Run run = real.run(RealServer.pipe(bytes), "exec", "1", "--", "cat");

        assertThat(run.err()).isEmpty();
        assertThat(run.outBytes()).isEqualTo(bytes);
    }

    @Test
    void aTerminalIsPassedOnWhereThatIsAskedFor() {
        Stdin terminal = new Stdin(new ByteArrayInputStream(TEXT), () -> false);

        assertThat(real.run(terminal, "exec", "1", "--", "cat").out()).isEmpty();
        assertThat(real.run(terminal, "exec", "-i", "1", "--", "cat").outBytes())
                .isEqualTo(TEXT);
    }

    @Test
    void aPipeIsLeftAloneWhereThatIsAskedFor() {
        ByteArrayInputStream list = new ByteArrayInputStream(TEXT);

        assertThat(real.run(RealServer.pipe(list), "exec", "-n", "1", "--", "cat")
                        .out())
                .isEmpty();
        assertThat(list.available()).isEqualTo(TEXT.length);
    }

    @Test
    void aDetachedCommandGetsInputWhereThatIsAskedFor() {
        Cli.Run started = real.run(RealServer.pipe(TEXT), "exec", "-d", "-i", "1", "--", "cat");

        assertThat(real.run("logs", "-f", started.out().strip()).outBytes()).isEqualTo(TEXT);

        Cli.Run without = real.run(RealServer.pipe(TEXT), "exec", "-d", "1", "--", "cat");
        assertThat(real.run("logs", "-f", without.out().strip()).outBytes()).isEmpty();
    }

    @Test
    void aDetachedCommandDoesNotGetHalfOfALargeInput() {
        Cli.Run run = real.run(RealServer.pipe(new byte[(8 << 20) + 1]), "exec", "-d", "-i", "1", "--", "cat");

        assertThat(run.exitCode()).isEqualTo(255);
        assertThat(run.err()).contains("8388608 bytes");
    }

    @Test
    void aCommandThatDoesNotReadItsInputEndsAllTheSame() {
        Cli.Run run = real.run(RealServer.pipe(new byte[5 << 20]), "exec", "1", "--", "exit 3");

        assertThat(run.exitCode()).isEqualTo(3);
        assertThat(run.err()).isEmpty();
    }

    @Test
    void anInputThatBreaksOffIsNotTakenForAWholeOne() {
        InputStream broken = new SequenceInputStream(new ByteArrayInputStream(TEXT), new Broken());

        Cli.Run run = real.run(RealServer.pipe(broken), "exec", "1", "--", "cat; echo whole");

        assertThat(run.exitCode()).isEqualTo(255);
        assertThat(run.out()).doesNotContain("whole");
        assertThat(run.err()).contains("Cannot read standard input: torn", "cancelled");
    }

    @Test
    void anInputThatNeverComesHoldsNothingUp() {
        CountDownLatch over = new CountDownLatch(1);

        Cli.Run run = real.run(RealServer.pipe(new Silent(over)), "exec", "1", "--", "echo out");
        over.countDown();

        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).isEqualTo("out\n");
    }

    private static final class Broken extends InputStream {
        @Override
        public int read() throws IOException {
            throw new IOException("torn");
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            return read();
        }
    }

    private static final class Silent extends InputStream {
        private final CountDownLatch over;

        Silent(CountDownLatch over) {
            this.over = over;
        }

        @Override
        public int read() throws IOException {
            try {
                over.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            return -1;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            return read();
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchIOException;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("real")
class BrokenPipeTest {

    @Test
    void aPipeThatNobodyReadsIsToldFromADiskThatIsFull(@TempDir Path folder) throws Exception {
        String fifo = folder.resolve("fifo").toString();
        assertThat(new ProcessBuilder("mkfifo", fifo).start().waitFor()).isZero();
        OutputStream unread;
        try (RandomAccessFile _ = new RandomAccessFile(fifo, "rw")) {
            unread = new FileOutputStream(fifo);
        }

        assertThat(BrokenPipe.isSaidBy(failureOf(unread))).isTrue();
        assertThat(BrokenPipe.isSaidBy(failureOf(new FileOutputStream("/dev/full"))))
                .isFalse();
    }

    private static IOException failureOf(OutputStream out) {
        return catchIOException(() -> {
            try (out) {
                out.write(1);
            }
        });
    }
}

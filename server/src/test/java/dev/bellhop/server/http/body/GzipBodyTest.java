// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.body;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Valid, broken and hostile gzip. */
@Timeout(60)
class GzipBodyTest {
    private static final int FLAGS = 3;
    private static final int HEADER = 10;

    private static byte[] zipped(byte[] content) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream zip = new GZIPOutputStream(out)) {
            zip.write(content);
        }
        return out.toByteArray();
    }

    private static byte[] read(byte[] gzip) throws IOException {
        try (InputStream in = new GzipBody(new ByteArrayInputStream(gzip))) {
            return in.readAllBytes();
        }
    }

    private static byte[] concatenated(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    /** With optional fields between its header and its content. */
    private static byte[] withFields(byte[] gzip, int flags, String fields) {
        byte[] header = Arrays.copyOf(gzip, HEADER);
        header[FLAGS] = (byte) flags;
        return concatenated(
                header, fields.getBytes(StandardCharsets.ISO_8859_1), Arrays.copyOfRange(gzip, HEADER, gzip.length));
    }

    @Test
    void anyContentIsReadAsTheJdkReadsIt() throws IOException {
        Random random = new Random(7);
        for (int i = 0; i < 200; i++) {
            byte[] content = new byte[random.nextInt(300_000)];
            if (random.nextBoolean()) {
                random.nextBytes(content);
            }
            byte[] gzip = concatenated(zipped(content), zipped(Arrays.copyOf(content, content.length / 2)));
            byte[] expected = new GZIPInputStream(new ByteArrayInputStream(gzip)).readAllBytes();
            assertThat(read(gzip)).isEqualTo(expected);
        }
    }

    @Test
    void optionalFieldsAreSkipped() throws IOException {
        byte[] gzip = zipped("content".getBytes(StandardCharsets.UTF_8));
        byte[] fields = withFields(gzip, 4 | 8 | 16 | 2, "\3\0abcname\0comment\0\1\2");
        assertThat(read(fields)).asString(StandardCharsets.UTF_8).isEqualTo("content");
    }

    @Test
    void aNameWithoutEndIsRefused() throws IOException {
        byte[] gzip = withFields(zipped(new byte[10]), 8, "n".repeat(70_000) + "\0");
        assertThatThrownBy(() -> read(gzip)).hasMessageContaining("more than 65536 bytes of names and comments");
    }

    /** The JDK's stream overflows its stack. */
    @Test
    void emptyMembersCostLittle() throws IOException {
        byte[] empty = zipped(new byte[0]);
        byte[] many = new byte[300_000 * empty.length];
        for (int i = 0; i < many.length; i++) {
            many[i] = empty[i % empty.length];
        }
        assertThat(read(concatenated(many, zipped(new byte[] {7})))).containsExactly(7);
    }

    /** bsdtar fills its last block when it writes to a pipe. */
    @Test
    void zerosAfterTheEndAreSkipped() throws IOException {
        byte[] gzip = zipped(new byte[] {7});
        assertThat(read(concatenated(gzip, new byte[10_240 - gzip.length]))).containsExactly(7);
        assertThat(read(concatenated(gzip, new byte[4 << 20]))).containsExactly(7);
        assertThatThrownBy(() -> read(concatenated(gzip, new byte[(4 << 20) + 1])))
                .hasMessageContaining("zeros follow its gzip");
        assertThatThrownBy(() -> read(concatenated(gzip, new byte[10], gzip)))
                .hasMessage("something else follows its gzip");
    }

    @Test
    void everyBrokenGzipIsRefused() throws IOException {
        byte[] gzip = zipped("content".repeat(1000).getBytes(StandardCharsets.UTF_8));
        for (int length = 0; length < gzip.length; length++) {
            byte[] cut = Arrays.copyOf(gzip, length);
            assertThatThrownBy(() -> read(cut)).as("cut to %s", length).isInstanceOf(IOException.class);
        }
        byte[] otherSum = gzip.clone();
        otherSum[gzip.length - 6] ^= 1;
        assertThatThrownBy(() -> read(otherSum)).hasMessage("its checksum is wrong");
        assertThatThrownBy(() -> read(concatenated(gzip, new byte[] {1, 2, 3})))
                .hasMessage("something else follows its gzip");
        assertThatThrownBy(() -> read("no gzip at all".getBytes(StandardCharsets.UTF_8)))
                .hasMessage("it is not a gzip");
    }
}

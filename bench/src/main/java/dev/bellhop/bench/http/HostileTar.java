// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPOutputStream;

/** A compressed tar of which the guest gets nothing: long pax headers with many records, in front of entries for the directory itself. */
final class HostileTar {
    private static final int BLOCK = 512;
    private static final int HEADER_BYTES = 1 << 20;
    private static final int HEADERS = 16;
    private static final int MEMBERS = 3;
    private static final String RECORD = "5 a=\n";

    /** Where the fields of a header begin: mode, size, checksum, type and magic. */
    private static final int MODE = 100;

    private static final int SIZE = 124;
    private static final int SUM = 148;
    private static final int TYPE = 156;
    private static final int MAGIC = 257;

    private HostileTar() {}

    static byte[] gzipped() throws IOException {
        ByteArrayOutputStream zipped = new ByteArrayOutputStream();
        try (GZIPOutputStream tar = new GZIPOutputStream(zipped)) {
            byte[] records = RECORD.repeat(HEADER_BYTES / RECORD.length()).getBytes(StandardCharsets.US_ASCII);
            for (int member = 0; member < MEMBERS; member++) {
                for (int header = 0; header < HEADERS; header++) {
                    tar.write(header("pax", 'x', records.length));
                    tar.write(records);
                    tar.write(new byte[(BLOCK - records.length % BLOCK) % BLOCK]);
                }
                tar.write(header("./", '5', 0));
            }
            tar.write(new byte[2 * BLOCK]);
        }
        return zipped.toByteArray();
    }

    private static byte[] header(String name, char type, int size) {
        byte[] block = new byte[BLOCK];
        put(block, 0, name);
        put(block, MODE, "0000755\0" + "0000000\0" + "0000000\0");
        put(block, SIZE, String.format("%011o\0", size) + "00000000000\0");
        put(block, SUM, "        ");
        block[TYPE] = (byte) type;
        put(block, MAGIC, "ustar\0" + "00");
        int sum = 0;
        for (byte each : block) {
            sum += each & 0xFF;
        }
        put(block, SUM, String.format("%06o\0 ", sum));
        return block;
    }

    private static void put(byte[] block, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, block, at, bytes.length);
    }
}

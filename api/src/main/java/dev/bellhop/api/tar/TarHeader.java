// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.tar;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** One block of 512 bytes that begins a member, or belongs to the one that follows. */
@SuppressWarnings("ArrayRecordComponent") // Bytes that no charset can hold.
record TarHeader(byte[] name, int mode, long uid, long gid, long size, long modified, char type, byte[] target) {
    static final int SUM = 148;
    static final int SUM_LENGTH = 8;
    static final int MAGIC = 257;

    private static final int MODE_BITS = 07777;

    /** As POSIX has it; GNU has two blanks there and uses what follows for something else. */
    private static final byte[] USTAR = "ustar\0".getBytes(StandardCharsets.US_ASCII);

    static TarHeader of(byte[] block) throws TarException {
        long sum = number(block, SUM, SUM_LENGTH);
        if (sum != sum(block, true) && sum != sum(block, false)) {
            throw new TarException("it is no tar, or broken");
        }
        long size = number(block, 124, 12);
        if (size < 0) {
            throw new TarException("a member in it has less than no bytes");
        }
        return new TarHeader(
                name(block),
                (int) number(block, 100, 8) & MODE_BITS,
                number(block, 108, 8),
                number(block, 116, 8),
                size,
                number(block, 136, 12),
                (char) (block[156] & 0xFF),
                text(block, 157, 100));
    }

    boolean isFile() {
        return type == '\0' || type == '0' || type == '7';
    }

    private static byte[] name(byte[] block) {
        byte[] name = text(block, 0, 100);
        boolean hasPrefix = Arrays.equals(block, MAGIC, MAGIC + USTAR.length, USTAR, 0, USTAR.length);
        byte[] prefix = hasPrefix ? text(block, 345, 155) : new byte[0];
        if (prefix.length == 0) {
            return name;
        }
        ByteArrayOutputStream both = new ByteArrayOutputStream();
        both.writeBytes(prefix);
        both.write('/');
        both.writeBytes(name);
        return both.toByteArray();
    }

    private static byte[] text(byte[] block, int from, int length) {
        int end = from;
        while (end < from + length && block[end] != 0) {
            end++;
        }
        return Arrays.copyOfRange(block, from, end);
    }

    /** Its own field counts as blanks. Some have added signed bytes. */
    static long sum(byte[] block, boolean signed) {
        long sum = 0;
        for (int i = 0; i < block.length; i++) {
            int value = i >= SUM && i < SUM + SUM_LENGTH ? ' ' : block[i];
            sum += signed ? value : value & 0xFF;
        }
        return sum;
    }

    /** Octal digits, or, where the first bit is set, a binary number. */
    static long number(byte[] block, int from, int length) throws TarException {
        if ((block[from] & 0x80) != 0) {
            byte[] raw = Arrays.copyOfRange(block, from, from + length);
            if ((raw[0] & 0x40) == 0) {
                raw[0] &= 0x7F;
            }
            try {
                return new BigInteger(raw).longValueExact();
            } catch (ArithmeticException e) {
                throw new TarException("a number in it is too large");
            }
        }
        String text = new String(block, from, length, StandardCharsets.ISO_8859_1)
                .replace('\0', ' ')
                .strip();
        if (!text.matches("[0-7]{0,12}")) {
            throw new TarException("it is no tar, or broken");
        }
        return text.isEmpty() ? 0 : Long.parseLong(text, 8);
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.credentials;

import java.util.Arrays;

/**
 * The text form of NATS's keys: base32 of a prefix, 32 bytes and a checksum (CRC-16/XMODEM, its low byte first). The prefix makes
 * the first letter tell the kind: {@code U…} is a user's public key, and {@code SU…} a user's seed.
 */
public final class NkeyText {
    private static final int KEY_BYTES = 32;
    private static final int CHECKSUM_BYTES = 2;
    private static final int SEED_PREFIX = 18 << 3;
    private static final int POLYNOMIAL = 0x1021;

    private NkeyText() {}

    /** What a key is for. */
    public enum Kind {
        OPERATOR(14),
        ACCOUNT(0),
        USER(20);

        private final int prefix;

        Kind(int letter) {
            this.prefix = letter << 3;
        }
    }

    /** A seed that was read. */
    record Seed(
            Kind kind,
            @SuppressWarnings("ArrayRecordComponent") byte[] bytes) {
        @Override
        public String toString() {
            return "Seed[" + kind + "]";
        }
    }

    /**
     * The same text, where it is a public key of that kind.
     *
     * @throws IllegalArgumentException where it is none
     */
    public static String requirePublicKey(String text, Kind kind) {
        byte[] bytes = checked(text, 1 + KEY_BYTES);
        if ((bytes[0] & 0xFF) != kind.prefix) {
            throw new IllegalArgumentException("a public key of another kind");
        }
        return text;
    }

    static String publicKey(Kind kind, byte[] key) {
        byte[] bytes = new byte[1 + KEY_BYTES];
        bytes[0] = (byte) kind.prefix;
        System.arraycopy(key, 0, bytes, 1, KEY_BYTES);
        return withChecksum(bytes);
    }

    /** The prefix of a seed has five bits of "seed" and five of the kind. */
    static String seed(Kind kind, byte[] seed) {
        byte[] bytes = new byte[2 + KEY_BYTES];
        bytes[0] = (byte) (SEED_PREFIX | (kind.prefix >> 5));
        bytes[1] = (byte) ((kind.prefix & 31) << 3);
        System.arraycopy(seed, 0, bytes, 2, KEY_BYTES);
        return withChecksum(bytes);
    }

    static Seed seed(String text) {
        byte[] bytes = checked(text, 2 + KEY_BYTES);
        int prefix = ((bytes[0] & 7) << 5) | ((bytes[1] & 0xF8) >> 3);
        for (Kind kind : Kind.values()) {
            if (kind.prefix == prefix && (bytes[0] & 0xF8) == SEED_PREFIX) {
                return new Seed(kind, Arrays.copyOfRange(bytes, 2, bytes.length));
            }
        }
        throw new IllegalArgumentException("no seed of an operator, an account or a user");
    }

    private static String withChecksum(byte[] bytes) {
        byte[] whole = Arrays.copyOf(bytes, bytes.length + CHECKSUM_BYTES);
        int checksum = crc16(bytes);
        whole[bytes.length] = (byte) checksum;
        whole[bytes.length + 1] = (byte) (checksum >> 8);
        return Base32.encode(whole);
    }

    private static byte[] checked(String text, int length) {
        byte[] whole = Base32.decode(text);
        if (whole.length != length + CHECKSUM_BYTES) {
            throw new IllegalArgumentException("no key of NATS: it has another length");
        }
        byte[] bytes = Arrays.copyOf(whole, length);
        int checksum = (whole[length] & 0xFF) | ((whole[length + 1] & 0xFF) << 8);
        if (crc16(bytes) != checksum) {
            throw new IllegalArgumentException("no key of NATS: its checksum is wrong");
        }
        return bytes;
    }

    private static int crc16(byte[] bytes) {
        int crc = 0;
        for (byte each : bytes) {
            crc ^= (each & 0xFF) << 8;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc & 0x8000) == 0 ? crc << 1 : (crc << 1) ^ POLYNOMIAL;
            }
            crc &= 0xFFFF;
        }
        return crc;
    }
}

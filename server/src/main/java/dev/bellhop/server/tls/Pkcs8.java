// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.tls;

import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Optional;

/** Wraps keys of older formats in PKCS#8 (RFC 5958), which names the kind of key. */
final class Pkcs8 {
    private static final int INTEGER = 0x02;
    private static final int OCTET_STRING = 0x04;
    private static final int SEQUENCE = 0x30;

    /** The tag {@code [0]} in RFC 5915: the parameters of an elliptic curve key. */
    private static final int PARAMETERS = 0xA0;

    private static final byte[] VERSION = {INTEGER, 1, 0};

    /** {@code rsaEncryption}, 1.2.840.113549.1.1.1, and its null parameter. */
    private static final byte[] RSA = {
        0x06, 9, 0x2A, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xF7, 0x0D, 1, 1, 1, 0x05, 0
    };

    /** {@code id-ecPublicKey}, 1.2.840.10045.2.1. */
    private static final byte[] CURVE = {0x06, 7, 0x2A, (byte) 0x86, 0x48, (byte) 0xCE, 0x3D, 2, 1};

    private Pkcs8() {}

    /** Wraps a key in PKCS#1 format (RFC 8017). */
    static byte[] ofRsa(byte[] pkcs1) {
        return envelope(RSA, new byte[0], pkcs1);
    }

    /** Wraps a key in SEC 1 format (RFC 5915); empty if it does not name its curve. */
    static Optional<byte[]> ofCurve(byte[] sec1) {
        try {
            ByteBuffer key = content(SEQUENCE, ByteBuffer.wrap(sec1));
            content(INTEGER, key);
            content(OCTET_STRING, key);
            ByteBuffer named = content(PARAMETERS, key);
            byte[] curve = new byte[named.remaining()];
            named.get(curve);
            return Optional.of(envelope(CURVE, curve, sec1));
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static byte[] envelope(byte[] algorithm, byte[] parameters, byte[] key) {
        return tagged(SEQUENCE, VERSION, tagged(SEQUENCE, algorithm, parameters), tagged(OCTET_STRING, key));
    }

    /** Encodes a DER value: its tag, its length, and these parts. */
    private static byte[] tagged(int tag, byte[]... parts) {
        int length = 0;
        for (byte[] part : parts) {
            length += part.length;
        }
        ByteArrayOutputStream value = new ByteArrayOutputStream();
        value.write(tag);
        if (length < 0x80) {
            value.write(length);
        } else {
            int bytes = (Integer.SIZE - Integer.numberOfLeadingZeros(length) + 7) / 8;
            value.write(0x80 | bytes);
            for (int i = bytes - 1; i >= 0; i--) {
                value.write(length >> (8 * i));
            }
        }
        for (byte[] part : parts) {
            value.writeBytes(part);
        }
        return value.toByteArray();
    }

    /** Reads the content of the next value, which must have this tag; the rest stays in the buffer. */
    private static ByteBuffer content(int tag, ByteBuffer der) {
        if ((der.get() & 0xFF) != tag) {
            throw new IllegalArgumentException("another tag");
        }
        int length = der.get() & 0xFF;
        if (length >= 0x80) {
            int bytes = length - 0x80;
            length = 0;
            for (int i = 0; i < bytes; i++) {
                length = (length << 8) | (der.get() & 0xFF);
            }
        }
        if (length < 0 || length > der.remaining()) {
            throw new IllegalArgumentException("a length beyond the end");
        }
        ByteBuffer content = der.slice(der.position(), length);
        der.position(der.position() + length);
        return content;
    }
}

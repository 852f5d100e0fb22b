// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.sshkey;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Reads SSH's wire format (RFC 4251, section 5). Text has one character per byte: compare it, but do not show it
 * unescaped.
 */
final class WireReader {
    private final byte[] all;
    private final ByteBuffer left;

    WireReader(byte[] all) {
        this.all = all;
        this.left = ByteBuffer.wrap(all);
    }

    boolean hasMore() {
        return left.hasRemaining();
    }

    int number32() throws MalformedException {
        require(Integer.BYTES);
        return left.getInt();
    }

    long number64() throws MalformedException {
        require(Long.BYTES);
        return left.getLong();
    }

    byte[] bytes() throws MalformedException {
        return raw(number32());
    }

    /** Reads {@code length} bytes with no length prefix. */
    byte[] raw(int length) throws MalformedException {
        require(length);
        byte[] bytes = new byte[length];
        left.get(bytes);
        return bytes;
    }

    String text() throws MalformedException {
        return new String(bytes(), StandardCharsets.ISO_8859_1);
    }

    /** Reads all remaining strings. */
    List<String> texts() throws MalformedException {
        List<String> texts = new ArrayList<>();
        while (hasMore()) {
            texts.add(text());
        }
        return texts;
    }

    /** Returns the bytes read so far. */
    byte[] soFar() {
        return Arrays.copyOf(all, left.position());
    }

    void end() throws MalformedException {
        if (hasMore()) {
            throw new MalformedException();
        }
    }

    private void require(int bytes) throws MalformedException {
        if (bytes < 0 || left.remaining() < bytes) {
            throw new MalformedException();
        }
    }
}

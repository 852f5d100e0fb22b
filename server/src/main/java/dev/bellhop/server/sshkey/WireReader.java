// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.sshkey;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Reads what SSH sends (RFC 4251, section 5). Text is of bytes, each a character: it is compared, and not shown as it is. */
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

    /** So many, without their number before them. */
    byte[] raw(int length) throws MalformedException {
        require(length);
        byte[] bytes = new byte[length];
        left.get(bytes);
        return bytes;
    }

    String text() throws MalformedException {
        return new String(bytes(), StandardCharsets.ISO_8859_1);
    }

    /** All that are left. */
    List<String> texts() throws MalformedException {
        List<String> texts = new ArrayList<>();
        while (hasMore()) {
            texts.add(text());
        }
        return texts;
    }

    /** What was read until now. */
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

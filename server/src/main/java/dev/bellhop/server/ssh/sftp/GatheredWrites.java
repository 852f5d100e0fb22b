// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.sftp;

import dev.bellhop.server.file.GuestFiles;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Consecutive writes to one file, sent to the guest as one piece: clients send many writes before they wait for an
 * answer. For the session's thread.
 */
final class GatheredWrites {
    /** One request to write. */
    @SuppressWarnings("ArrayRecordComponent") // On its way.
    record Write(int id, byte[] handle, long offset, byte[] bytes) {
        static Write of(SftpPacket packet) throws SftpException {
            return new Write(packet.id(), packet.bytes(), packet.number(), packet.bytes());
        }
    }

    private final List<Integer> ids = new ArrayList<>();
    private final List<byte[]> pieces = new ArrayList<>();
    private int size;
    private byte @Nullable [] handle;
    private long offset;

    boolean isEmpty() {
        return ids.isEmpty();
    }

    /** Adds a write; returns false if it does not continue the others, or is too large. */
    boolean add(Write write) {
        if (!isEmpty()
                && (!Arrays.equals(handle, write.handle)
                        || write.offset != offset + size
                        || size + write.bytes.length > GuestFiles.MAX_PIECE)) {
            return false;
        }
        if (isEmpty()) {
            handle = write.handle;
            offset = write.offset;
        }
        ids.add(write.id);
        pieces.add(write.bytes);
        size += write.bytes.length;
        return true;
    }

    /** Returns the ids of the gathered writes, and removes the writes. */
    List<Integer> takeIds() {
        List<Integer> all = List.copyOf(ids);
        ids.clear();
        pieces.clear();
        size = 0;
        handle = null;
        return all;
    }

    /** Writes everything gathered. */
    void writeTo(SftpHandles handles) throws SftpException {
        byte[] name = handle;
        if (name != null) {
            handles.file(name).write(offset, all());
        }
    }

    private byte[] all() {
        if (pieces.size() == 1) {
            return pieces.getFirst();
        }
        ByteBuffer all = ByteBuffer.allocate(size);
        pieces.forEach(all::put);
        return all.array();
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.sftp;

import java.util.function.BooleanSupplier;

/**
 * Copies from one open file to another for the extension {@code copy-data}, without sending the bytes to the client and
 * back. For the session's thread.
 */
final class SftpDataCopy {
    /** A read of this size needs no reserved memory. */
    private static final int PIECE = 64 * 1024;

    private final SftpHandles handles;
    private final BooleanSupplier isGone;

    /** @param isGone whether the client has stopped waiting for the copy */
    SftpDataCopy(SftpHandles handles, BooleanSupplier isGone) {
        this.handles = handles;
        this.isGone = isGone;
    }

    SftpReply answer(SftpPacket packet) throws SftpException {
        SftpFile source = handles.file(packet.bytes());
        long from = packet.number();
        long length = packet.number();
        SftpFile target = handles.file(packet.bytes());
        long to = packet.number();
        if (source.isSameAs(target)) {
            throw new SftpException(SftpStatus.FAILURE, "Cannot copy data within one file; write it to another file");
        }
        if (from > Long.MAX_VALUE - length || to > Long.MAX_VALUE - length) {
            throw new SftpException(SftpStatus.FAILURE, "Cannot copy data to or from where no file can have any");
        }
        // A length of 0 means everything up to the end.
        long copied;
        try {
            copied = copy(source, from, target, to, length == 0 ? Long.MAX_VALUE : length);
        } finally {
            source.forget();
        }
        target.flush();
        if (copied < length) {
            throw new SftpException(SftpStatus.EOF);
        }
        return SftpReply.ok(packet.id());
    }

    private long copy(SftpFile source, long from, SftpFile target, long to, long length) throws SftpException {
        long copied = 0;
        while (copied < length && !isGone.getAsBoolean()) {
            int most = (int) Math.min(PIECE, Math.min(length - copied, Long.MAX_VALUE - Math.max(from, to) - copied));
            byte[] piece = most == 0 ? new byte[0] : source.read(from + copied, most);
            if (piece.length == 0) {
                break;
            }
            target.write(to + copied, piece);
            copied += piece.length;
        }
        return copied;
    }
}

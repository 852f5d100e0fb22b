// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.file;

import java.io.FilterInputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** The bytes of a file whose size was told before. It fails where the file turns out to have another one. For one thread. */
final class SizedInput extends FilterInputStream {
    private long left;

    /** The file has another size by now. */
    static final class ResizedException extends IOException {
        private static final long serialVersionUID = 1L;

        private ResizedException(String message) {
            super(message);
        }
    }

    private SizedInput(FileChannel file, long left) {
        super(Channels.newInputStream(file));
        this.left = left;
    }

    /** Opens it, to be read from an offset on. */
    static SizedInput open(Path file, long offset, long size) throws IOException {
        FileChannel channel = FileChannel.open(file);
        try {
            return new SizedInput(channel.position(offset), size - offset);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        int count = in.read(bytes, offset, length);
        if (count < 0 && left > 0) {
            throw new ResizedException("it became shorter");
        }
        left -= Math.max(count, 0);
        // Now, as nothing is replaced at the other side before it has the last of these bytes.
        if (count > 0 && left <= 0 && in.read() >= 0) {
            throw new ResizedException("it became longer");
        }
        return count;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }
}

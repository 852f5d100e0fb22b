// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.floor;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Writes pages to a file, each forced to the disk before it returns: the least that makes anything durable. For one thread. */
public final class ForcedWrites implements AutoCloseable {
    private static final int PAGE = 4096;

    /** Written over again and again, as a database's log is: a file that grows takes longer. */
    private static final int PAGES = 256;

    private final FileChannel file;
    private final ByteBuffer page = ByteBuffer.allocateDirect(PAGE);
    private int next;

    private ForcedWrites(FileChannel file) {
        this.file = file;
    }

    /** To a file that is there. */
    public static ForcedWrites to(Path path) throws IOException {
        ForcedWrites writes = new ForcedWrites(FileChannel.open(path, StandardOpenOption.WRITE));
        for (int i = 0; i < PAGES; i++) {
            writes.writePage();
        }
        writes.file.force(true);
        return writes;
    }

    public void write() throws IOException {
        writePage();
        file.force(false);
    }

    private void writePage() throws IOException {
        page.clear();
        file.write(page, (long) PAGE * (next++ % PAGES));
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}

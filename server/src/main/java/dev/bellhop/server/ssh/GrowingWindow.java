// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import dev.bellhop.server.ssh.memory.ChannelMemory;
import dev.bellhop.server.ssh.memory.DoorMemory;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.sshd.common.channel.LocalWindow;

/**
 * The data that a client can send ahead of its reader: little at first, and more once the client sends and there is
 * memory for it. Most channels never need much. A window that the client has been granted cannot be revoked, so it
 * counts as used. For the session's thread.
 */
final class GrowingWindow {
    /** At 100 ms that is 5 MB/s. The library uses it as the size of the window; a part is withheld at first. */
    static final long FULL = 512 << 10;

    private static final long WITHHELD = FULL - DoorMemory.FIRST_WINDOW;

    /** A client that has sent this much gets the rest before the first part is used up. */
    private static final long MUCH = DoorMemory.FIRST_WINDOW / 2;

    private final LocalWindow window;
    private long came;
    private boolean isFull;

    private GrowingWindow(LocalWindow window) {
        this.window = window;
    }

    /** Limits the window of a channel before its client knows the size. */
    static GrowingWindow of(LocalWindow window) {
        try {
            window.consume(WITHHELD);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new GrowingWindow(window);
    }

    /** Counts data from the client, and opens the window if there is memory for it. */
    void came(long bytes, ChannelMemory memory) throws IOException {
        came += bytes;
        if (!isFull && came >= MUCH && window.isOpen() && memory.take(WITHHELD)) {
            isFull = true;
            window.release(WITHHELD);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import dev.bellhop.server.ssh.memory.ChannelMemory;
import dev.bellhop.server.ssh.memory.DoorMemory;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.sshd.common.channel.LocalWindow;

/**
 * What a client may send ahead of what reads it: a little, and much once it does send, where there is memory for that. Most channels never get
 * much. What a client has once been allowed to send cannot be taken back, so it counts as taken. For the session's thread.
 */
final class GrowingWindow {
    /** At 100 ms that is 5 MB/s. The library takes it for the size of the window, of which a part is withheld. */
    static final long FULL = 512 << 10;

    private static final long WITHHELD = FULL - DoorMemory.FIRST_WINDOW;

    /** Who has sent so much gets the rest before the first part is used up. */
    private static final long MUCH = DoorMemory.FIRST_WINDOW / 2;

    private final LocalWindow window;
    private long came;
    private boolean isFull;

    private GrowingWindow(LocalWindow window) {
        this.window = window;
    }

    /** Of a channel whose client has not been told yet. */
    static GrowingWindow of(LocalWindow window) {
        try {
            window.consume(WITHHELD);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new GrowingWindow(window);
    }

    /** The client has sent something. */
    void came(long bytes, ChannelMemory memory) throws IOException {
        came += bytes;
        if (!isFull && came >= MUCH && window.isOpen() && memory.take(WITHHELD)) {
            isFull = true;
            window.release(WITHHELD);
        }
    }
}

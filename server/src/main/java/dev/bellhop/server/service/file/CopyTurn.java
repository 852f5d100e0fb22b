// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.file;

import dev.bellhop.server.limit.FairTurns;
import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * The turn of a tree that is copied: decompressing and checking a hostile tar can take the processor for seconds. The copy leaves the
 * turn while it waits for a client or a guest. For one thread.
 */
final class CopyTurn {
    /** The time until others go first. */
    private static final long SLICE_NANOS = 20_000_000;

    private final FairTurns.Share turns;
    private boolean isInside;
    private long enteredAt;

    CopyTurn(FairTurns.Share turns) {
        this.turns = turns;
    }

    interface Copy {
        void run() throws IOException;
    }

    interface Wait<T> {
        T run() throws IOException;
    }

    void run(Copy copy) throws IOException {
        enter();
        try {
            copy.run();
        } finally {
            if (isInside) {
                leave();
            }
        }
    }

    private void enter() {
        turns.enter();
        isInside = true;
        enteredAt = System.nanoTime();
    }

    private void leave() {
        isInside = false;
        turns.leave();
    }

    <T> T outside(Wait<T> wait) throws IOException {
        if (!isInside) {
            return wait.run();
        }
        leave();
        try {
            return wait.run();
        } finally {
            enter();
        }
    }

    /** Returns the same stream. A read that has to wait does so outside the turn. */
    InputStream outside(InputStream in) {
        return new FilterInputStream(in) {
            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                if (in.available() == 0) {
                    return outside(() -> in.read(bytes, offset, length));
                }
                if (isInside && System.nanoTime() - enteredAt > SLICE_NANOS) {
                    turns.giveWay();
                    enteredAt = System.nanoTime();
                }
                return in.read(bytes, offset, length);
            }
        };
    }

    /** Returns the same stream, written outside the turn. */
    OutputStream outside(OutputStream out) {
        return new FilterOutputStream(out) {
            @Override
            public void write(int one) throws IOException {
                write(new byte[] {(byte) one}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                outside(() -> {
                    out.write(bytes, offset, length);
                    return length;
                });
            }

            @Override
            public void flush() throws IOException {
                outside(() -> {
                    out.flush();
                    return 0;
                });
            }
        };
    }
}

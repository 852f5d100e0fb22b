// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.stream.FrameInput.ViolationException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The input of a channel. Sends only as many bytes as the guest has given credit for. Thread safe. */
final class CreditedWriter implements ChannelWriter {
    private final SendQueue queue;
    private final int channel;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private int credit = FrameType.HOST_CREDIT;
    private boolean ended;
    private @Nullable StreamException failure;

    CreditedWriter(SendQueue queue, int channel) {
        this.queue = queue;
        this.channel = channel;
    }

    void granted(int bytes) throws ViolationException {
        lock.lock();
        try {
            if (bytes <= 0 || bytes > FrameType.HOST_CREDIT - credit) {
                throw new ViolationException("it gave credit for what it was not sent");
            }
            credit += bytes;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void fail(StreamException why) {
        lock.lock();
        try {
            if (failure == null) {
                failure = why;
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public int write(byte[] data, int offset, int length, Deadline deadline) throws StreamException {
        lock.lock();
        try {
            int done = 0;
            while (done < length) {
                StreamException why = failure;
                if (why != null) {
                    throw why.again();
                }
                if (ended) {
                    throw StreamFutures.closed();
                }
                int part = Math.min(length - done, credit);
                if (part == 0) {
                    if (changed.awaitNanos(deadline.remainingNanos()) <= 0 && credit == 0 && failure == null) {
                        return done;
                    }
                    continue;
                }
                queue.send(FrameType.DATA, channel, data, offset + done, part);
                credit -= part;
                done += part;
            }
            return done;
        } catch (InterruptedException e) {
            throw StreamFutures.interrupted();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void end() {
        lock.lock();
        try {
            if (!ended && failure == null) {
                ended = true;
                queue.send(FrameType.FINISH, channel);
            }
        } finally {
            lock.unlock();
        }
    }
}

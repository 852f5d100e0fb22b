// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.memory;

import dev.bellhop.server.limit.FairLimit;
import java.util.concurrent.CompletableFuture;

/**
 * One channel's part of the door's memory, released once the last user is done. Users are the channel itself while it
 * is open, each thread that works for the channel, even after its client has left, and each packet that the connection
 * has not sent yet. Thread safe.
 */
public final class ChannelMemory {
    private final String holder;
    private final FairLimit channels;
    private final long own;
    private final FairLimit more;
    private final CompletableFuture<Void> gone = new CompletableFuture<>();

    /** Guarded by this, like the fields below. */
    private int users = 1;

    private int packets;
    private boolean hasConnection = true;
    private boolean isGone;
    /** Bytes taken from {@link #more}. */
    private long taken;

    /**
     * Starts with the channel as the first user.
     *
     * @param own the bytes already taken from {@code channels}
     */
    ChannelMemory(String holder, FairLimit channels, long own, FairLimit more) {
        this.holder = holder;
        this.channels = channels;
        this.own = own;
        this.more = more;
    }

    /** Adds a user, until it calls {@link #leave}. */
    public synchronized void enter() {
        users++;
    }

    /** Removes a user, whose data is no longer in memory. */
    public void leave() {
        synchronized (this) {
            users--;
        }
        endIfUnused();
    }

    /** Counts a packet in transit to the client. */
    public synchronized void packetBegins() {
        packets++;
    }

    /**
     * Ends a packet that was sent, or never will be.
     *
     * @param bytes the bytes taken for it
     */
    public void packetEnds(long bytes) {
        synchronized (this) {
            packets--;
        }
        giveBack(bytes);
        endIfUnused();
    }

    /** Ends all packets in transit, because the connection has ended. */
    public void connectionEnds() {
        synchronized (this) {
            hasConnection = false;
        }
        endIfUnused();
    }

    private void endIfUnused() {
        synchronized (this) {
            if (isGone || users > 0 || (packets > 0 && hasConnection)) {
                return;
            }
            isGone = true;
            more.giveBack(holder, taken);
            taken = 0;
            channels.giveBack(holder, own);
        }
        gone.complete(null);
    }

    /** Runs a task once the memory has no users. */
    @SuppressWarnings("FutureReturnValueIgnored") // No one waits for the task.
    public void whenGone(Runnable task) {
        gone.thenRun(task);
    }

    /**
     * Takes bytes in addition. Returns false if the holder has used its share; the channel then has to work without
     * them.
     */
    public synchronized boolean take(long bytes) {
        if (isGone || !more.take(holder, bytes)) {
            return false;
        }
        taken += bytes;
        return true;
    }

    /** Gives back bytes from {@link #take}. */
    public synchronized void giveBack(long bytes) {
        if (!isGone && bytes > 0) {
            more.giveBack(holder, bytes);
            taken -= bytes;
        }
    }
}

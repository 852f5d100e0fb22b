// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.memory;

import dev.bellhop.server.limit.FairLimit;
import java.util.concurrent.CompletableFuture;

/**
 * What one channel takes of the door's memory, from the first to the last that has some of it: the channel itself while it is open, each thread
 * that works for it, also after its client has left, and each packet that the connection has yet to take. Thread safe.
 */
public final class ChannelMemory {
    private final String holder;
    private final FairLimit channels;
    private final long own;
    private final FairLimit more;
    private final CompletableFuture<Void> gone = new CompletableFuture<>();

    /** Guarded by this, like what follows. */
    private int users = 1;

    private int packets;
    private boolean hasConnection = true;
    private boolean isGone;
    /** Of what there is more. */
    private long taken;

    /**
     * Its first user is the channel.
     *
     * @param own what was taken for it of those for channels
     */
    ChannelMemory(String holder, FairLimit channels, long own, FairLimit more) {
        this.holder = holder;
        this.channels = channels;
        this.own = own;
        this.more = more;
    }

    /** One more has some of it until it calls {@link #leave}. */
    public synchronized void enter() {
        users++;
    }

    /** What one who has entered holds is forgotten. */
    public void leave() {
        synchronized (this) {
            users--;
        }
        endIfUnused();
    }

    /** A packet is on its way to the client. */
    public synchronized void packetBegins() {
        packets++;
    }

    /**
     * It is there, or never will be.
     *
     * @param bytes what was taken for it
     */
    public void packetEnds(long bytes) {
        synchronized (this) {
            packets--;
        }
        giveBack(bytes);
        endIfUnused();
    }

    /** With its connection go the packets that were on their way. */
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

    /** Has something done once nothing has any of it. */
    @SuppressWarnings("FutureReturnValueIgnored") // What is done then is nobody's to wait for.
    public void whenGone(Runnable task) {
        gone.thenRun(task);
    }

    /** Takes so many bytes more; false where the holder has its share, and the channel has to do with what it has. */
    public synchronized boolean take(long bytes) {
        if (isGone || !more.take(holder, bytes)) {
            return false;
        }
        taken += bytes;
        return true;
    }

    /** Gives back some of what was taken. */
    public synchronized void giveBack(long bytes) {
        if (!isGone && bytes > 0) {
            more.giveBack(holder, bytes);
            taken -= bytes;
        }
    }
}

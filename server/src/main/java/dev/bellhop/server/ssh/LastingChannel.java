// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

/** A channel that can outlive its close: in its guest, or in a thread that waits for the guest. */
interface LastingChannel {
    /** Runs a task once the channel is closed and nothing of it is left. */
    void whenGone(Runnable task);

    /** Called when the connection ends: the client will not receive the packets in transit. */
    void connectionEnds();
}

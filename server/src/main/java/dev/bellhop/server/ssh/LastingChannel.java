// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

/** A channel of which something may remain when it is closed: in its guest, or in a thread that waits for that. */
interface LastingChannel {
    /** Has something done once it is closed and nothing of it is left. */
    void whenGone(Runnable task);

    /** What was on its way to the client will not be there. */
    void connectionEnds();
}

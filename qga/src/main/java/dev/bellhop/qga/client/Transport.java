// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga.client;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.ReplyBudget;
import org.jspecify.annotations.Nullable;

/** How a {@link GuestAgent} reaches its agent. One call at a time; {@link #close} and {@link #isConnected} at any time. */
interface Transport {

    <T> T call(Rpc<T> rpc, Deadline deadline, ReplyBudget.@Nullable Share share) throws AgentException;

    /** The most bytes of a file that one reply can carry. */
    int maxFileReadBytes();

    /** The most bytes of a file that one request can carry. */
    int maxFileWriteBytes();

    /** As {@link GuestAgent#isConnected()}. */
    boolean isConnected();

    /** As {@link GuestAgent#isHeldByAnother}; not during a call. */
    boolean isHeldByAnother() throws InterruptedException;

    /** Ends the present call, and fails later ones. */
    void close();
}

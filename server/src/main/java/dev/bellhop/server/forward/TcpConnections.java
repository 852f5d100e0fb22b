// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.forward;

import dev.bellhop.server.policy.ForwardTarget;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;

/**
 * TCP connections that guests make, to themselves or to what their network reaches. Each call is a question and an answer of plain
 * values, so that the guest may be another node's. It knows no callers, and asks nobody whether they may. One reader and one writer at a
 * time for each connection. Thread safe.
 *
 * <p>Each method throws a {@code BellhopException}: {@code NOT_FOUND} for a VM or a connection that is not there, {@code EXECUTION_ENDED}
 * where the connection broke, {@code AGENT_UNAVAILABLE} where the guest does not answer now, and may do so again.
 */
public interface TcpConnections {
    /** The most bytes of one read or write. */
    int MAX_BYTES = 256 * 1024;

    /**
     * Connects; returns once that is done. The guest resolves names.
     *
     * @throws dev.bellhop.server.failure.BellhopException also {@code GUEST_REFUSED} where it cannot be done, with the guest's reason, and
     *     {@code NOT_SUPPORTED} where the guest has nothing to do it with, which says what to install
     */
    void open(VmId vm, ForwardId id, ForwardTarget target, Duration timeout);

    /**
     * What came from an offset on. What is before it is not asked for again. The other side is held back while nobody reads.
     *
     * @param limit 1 to {@link #MAX_BYTES}
     * @param longest how long to wait until there is something
     */
    TcpInput read(VmId vm, ForwardId id, long offset, int limit, Duration longest) throws InterruptedException;

    /**
     * Sends something; what of it was sent before, by its offset, is not sent again.
     *
     * @return how many bytes were sent in all by the end of the timeout: less than it could be where the other side does not read
     * @throws dev.bellhop.server.failure.BellhopException also {@code STDIN_CLOSED} where the other side reads no more
     */
    long write(VmId vm, ForwardId id, long offset, byte[] bytes, Duration timeout) throws InterruptedException;

    /**
     * Says that nothing more will be sent. The other side may send on.
     *
     * @return whether that was done by the end of the timeout; to be said again where it was not
     */
    boolean endOutput(VmId vm, ForwardId id, Duration timeout) throws InterruptedException;

    /** Says that a connection is still wanted; one that nobody asks for for a minute may be closed. Does nothing else. */
    void keep(VmId vm, ForwardId id);

    /**
     * Closes a connection and forgets it. Does nothing where it is not there. Where both sides have said all, it returns once the guest has
     * it, which may take half a minute where it is not read there.
     */
    void forget(VmId vm, ForwardId id);
}

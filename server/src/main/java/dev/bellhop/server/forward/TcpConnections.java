// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.forward;

import dev.bellhop.server.policy.ForwardTarget;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;

/**
 * TCP connections that guests make, to themselves or to hosts on their network. Each call is a request and a response
 * of plain values, so the guest can belong to another node. Implementations do not know the callers and do not check
 * their permissions. One reader and one writer at a time for each connection. Thread safe.
 *
 * <p>Each method throws a {@code BellhopException}: {@code NOT_FOUND} if the VM or the connection does not exist,
 * {@code EXECUTION_ENDED} if the connection broke, {@code AGENT_UNAVAILABLE} if the guest does not answer now, but may
 * answer later.
 */
public interface TcpConnections {
    /** The most bytes of one read or write. */
    int MAX_BYTES = 256 * 1024;

    /**
     * Connects; returns when the connection is open. The guest resolves names.
     *
     * @throws dev.bellhop.server.failure.BellhopException also {@code GUEST_REFUSED} with the guest's reason if it
     *     cannot connect, and {@code NOT_SUPPORTED} if the guest lacks a program for this; the message says what to
     *     install
     */
    void open(VmId vm, ForwardId id, ForwardTarget target, Duration timeout);

    /**
     * Returns the data from an offset on. Data before that offset is not requested again. The other side is throttled
     * while the caller does not read.
     *
     * @param limit 1 to {@link #MAX_BYTES}
     * @param longest how long to wait for data
     */
    TcpInput read(VmId vm, ForwardId id, long offset, int limit, Duration longest) throws InterruptedException;

    /**
     * Sends bytes. Bytes that were sent before, judging by the offset, are not sent again.
     *
     * @return the total of bytes sent by the end of the timeout; smaller than possible if the other side does not read
     * @throws dev.bellhop.server.failure.BellhopException also {@code STDIN_CLOSED} if the other side no longer reads
     */
    long write(VmId vm, ForwardId id, long offset, byte[] bytes, Duration timeout) throws InterruptedException;

    /**
     * Ends the output. The other side can continue to send.
     *
     * @return whether that was done by the end of the timeout; if not, call this again
     */
    boolean endOutput(VmId vm, ForwardId id, Duration timeout) throws InterruptedException;

    /**
     * Says that a connection is still wanted. A connection without requests for a minute may be closed. Has no other
     * effect.
     */
    void keep(VmId vm, ForwardId id);

    /**
     * Closes a connection and forgets it. Does nothing if it does not exist. If both sides have ended their output,
     * this returns when the guest has all data, which can take half a minute if it is not read there.
     */
    void forget(VmId vm, ForwardId id);
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Typed operations over one guest agent.
 *
 * <p>Thread safe. One call is on the wire at a time, and waiting callers go in the order they came. It connects when it
 * first has something to say and connects anew when a connection was lost, so an agent that is stopped, killed or replaced
 * needs no care beyond the exception of the call that it hits. A call blocks its thread; on a virtual thread that costs
 * no thread of the system.
 *
 * <p>Every method takes a deadline, and throws {@link AgentException} with what went wrong. An interrupt ends a call
 * early with {@link NotConnectedException}, the thread's interrupt status set.
 */
public interface GuestAgent extends AutoCloseable {

    /** Asks the agent for a sign of life. */
    void ping(Deadline deadline) throws AgentException;

    /** The agent's version and what it can do. */
    AgentInfo info(Deadline deadline) throws AgentException;

    /** What the guest's operating system is. Agents before QEMU 2.10 do not know: {@link RpcMissingException}. */
    OsInfo osInfo(Deadline deadline) throws AgentException;

    /** The guest's host name: printable characters, at most 255. Agents before QEMU 2.10 do not know. */
    String hostName(Deadline deadline) throws AgentException;

    /** The guest's network interfaces, at most 100. */
    GuestList<GuestInterface> networkInterfaces(Deadline deadline) throws AgentException;

    /** The guest's mounted file systems that are on disks, at most 100. */
    GuestList<GuestFileSystem> fileSystems(Deadline deadline) throws AgentException;

    /** Who is logged in, at most 100. Agents before QEMU 2.10 do not know. */
    GuestList<GuestUser> users(Deadline deadline) throws AgentException;

    /** The guest's time zone. Agents before QEMU 2.10 do not know. */
    GuestTimeZone timeZone(Deadline deadline) throws AgentException;

    /** How busy the guest is. Agents before QEMU 10.0 do not know. */
    GuestLoad load(Deadline deadline) throws AgentException;

    /**
     * Whether any of the guest's file systems is frozen. While one is, the agent disables most of its calls, though not this
     * one. It knows of what was frozen by its own calls, and of nothing else.
     */
    boolean isFrozen(Deadline deadline) throws AgentException;

    /**
     * Whether the agent allows {@code guest-exec}, for where it does not tell in {@link #info}: it is asked to run nothing,
     * and says why not.
     *
     * @throws RpcDisabledException where it does not
     * @throws RpcMissingException where it is too old
     */
    void tryExec(Deadline deadline) throws AgentException;

    /**
     * Likewise whether it allows {@code guest-exec-status}: it is asked about a process that there never is. Without that a
     * command can be started, and nobody ever hears of it.
     *
     * @throws RpcDisabledException where it does not
     * @throws RpcMissingException where it is too old
     */
    void tryExecStatus(Deadline deadline) throws AgentException;

    /**
     * Starts a command and gives its pid in the guest. It does not wait for the command's end. A program that cannot be
     * started is an {@link AgentErrorException}. When {@link AgentException#mayHaveActed()}, a command may be running whose
     * pid nobody knows.
     *
     * <p>One that is larger than an {@link AgentExchange} passes on is an {@link AgentErrorException} too.
     *
     * @throws IllegalArgumentException when the command is larger than a request may be, 48 MiB with its input in base64
     */
    long exec(ExecCommand command, Deadline deadline) throws AgentException;

    /**
     * How a command stands. Once this has told that the command exited, the agent forgets it: the result is told once, to
     * one caller, and a reply that is lost takes the result with it. Asking again gives an {@link AgentErrorException}
     * with {@link AgentErrorException#isUnknownPid()}.
     */
    ExecStatus execStatus(long pid, Deadline deadline) throws AgentException;

    /**
     * As the other, for a caller that keeps the result for a while: it counts in the share until that is closed. The
     * time that a large result waits for room in the budget is not taken from the deadline, since giving up then would
     * lose what the agent tells only once.
     *
     * @param share of the budget in this agent's {@link GuestAgentOptions}
     */
    ExecStatus execStatus(long pid, ReplyBudget.Share share, Deadline deadline) throws AgentException;

    /**
     * Opens a file in the guest and gives a handle, which outlives connections but not the agent, and leaks in the guest
     * until it is closed.
     *
     * @param mode as of C's fopen: "r", "w", "a", with "+" and "b"
     */
    long fileOpen(String path, String mode, Deadline deadline) throws AgentException;

    /**
     * Reads on from where the file stands. 64 KiB at a time is the fastest.
     *
     * @param count the most bytes to give, from 1 to {@link ReplyLimits#maxFileReadBytes()}, or what an
     *     {@link AgentExchange} has room for
     */
    FileChunk fileRead(long handle, int count, Deadline deadline) throws AgentException;

    /**
     * Writes where the file stands.
     *
     * <p>An {@link AgentExchange} that holds less is given the first part.
     *
     * @throws IllegalArgumentException when there is more than a request on a socket holds, about 36 MB
     * @return how many bytes were written, which may be fewer than were given
     */
    int fileWrite(long handle, byte[] data, Deadline deadline) throws AgentException;

    /** Moves to another place in the file. */
    FileSeek fileSeek(long handle, long offset, SeekFrom whence, Deadline deadline) throws AgentException;

    /** Hands what was written over to the guest's kernel. */
    void fileFlush(long handle, Deadline deadline) throws AgentException;

    /** Closes the file and forgets the handle. */
    void fileClose(long handle, Deadline deadline) throws AgentException;

    /**
     * Asks the guest to switch itself off. Returns once it has been asked: an agent that obeys says nothing, so silence, and a
     * channel that closes with the guest, are taken for that. Whether the guest does it is for the hypervisor to tell. An agent
     * that cannot be asked, or says no, is an {@link AgentException}.
     *
     * @param deadline how long to listen for a no
     */
    void powerdown(Deadline deadline) throws AgentException;

    /**
     * Returns where somebody listens on the socket, be it an agent or a virtual machine whose guest runs none. Where a
     * connection is held already, or there is no socket of ours, it is the agent that is asked, since a further connection
     * would wait behind our own.
     *
     * @throws NotConnectedException where nobody listens, or it cannot be told; its reason says which
     */
    void reach(Deadline deadline) throws NotConnectedException;

    /**
     * Whether a connection is held from an earlier call. Where none is, the next call makes one, and the agent has to
     * answer a greeting before it is sent anything else.
     */
    boolean isConnected();

    /**
     * Whether another client has the agent's channel, so that the agent would not answer us: it serves one at a time. False
     * as well where that cannot be told. Linux only. Takes a moment; the agent is not asked, and calls of ours that wait for
     * it go on.
     */
    boolean isHeldByAnother();

    /**
     * When the agent last answered a call, be it to say no; absent where it has not yet. By the system's clock, to be told
     * to people.
     */
    Optional<Instant> lastAnswered();

    /** How long ago the agent last answered a call, whatever was done to the system's clock since; absent likewise. */
    Optional<Duration> answeredAgo();

    /**
     * For callers that keep a queue of their own before this agent: what to throw when the deadline has passed in that
     * queue. Nothing was sent.
     */
    AgentTimeoutException lateInQueue();

    /** Ends the connection. Calls that run or wait fail with {@link NotConnectedException.Reason#CLOSED}, as later ones do. */
    @Override
    void close();
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Typed operations on one guest agent.
 *
 * <p>Thread safe. One call at a time is sent, and waiting callers go in order of arrival. The client connects when it first
 * has something to send, and reconnects after a connection was lost; so an agent that is stopped, killed or replaced fails
 * only the call it hits. A call blocks its thread, which may be virtual.
 *
 * <p>Every method takes a deadline, and throws {@link AgentException} for what went wrong. An interrupt ends a call early
 * with {@link NotConnectedException}, and the thread's interrupt status set.
 */
public interface GuestAgent extends AutoCloseable {

    /** Asks the agent for a sign of life. */
    void ping(Deadline deadline) throws AgentException;

    /** The agent's version and its commands. */
    AgentInfo info(Deadline deadline) throws AgentException;

    /** The guest's operating system. Agents before QEMU 2.10 do not know it: {@link RpcMissingException}. */
    OsInfo osInfo(Deadline deadline) throws AgentException;

    /** The guest's host name: printable characters, at most 255. Agents before QEMU 2.10 do not know it. */
    String hostName(Deadline deadline) throws AgentException;

    /** The guest's network interfaces, at most 100. */
    GuestList<GuestInterface> networkInterfaces(Deadline deadline) throws AgentException;

    /** The guest's mounted file systems that are on disks, at most 100. */
    GuestList<GuestFileSystem> fileSystems(Deadline deadline) throws AgentException;

    /** The users logged in, at most 100. Agents before QEMU 2.10 do not know them. */
    GuestList<GuestUser> users(Deadline deadline) throws AgentException;

    /** The guest's time zone. Agents before QEMU 2.10 do not know it. */
    GuestTimeZone timeZone(Deadline deadline) throws AgentException;

    /** The guest's load averages. Agents before QEMU 10.0 do not know them. */
    GuestLoad load(Deadline deadline) throws AgentException;

    /**
     * Whether any of the guest's file systems is frozen. Meanwhile the agent disables most of its commands, but not this
     * one. It knows only of freezes it made itself.
     */
    boolean isFrozen(Deadline deadline) throws AgentException;

    /**
     * Runs the guest's freeze hooks, then freezes its file systems: whatever writes to one waits until it is thawed. Meanwhile
     * the agent does little but {@link #thaw}. Start what thaws them in any case before this, since nothing can be started after.
     *
     * @param mountPoints those that are meant; empty for all. Agents before QEMU 2.2 know no list
     * @return how many were frozen
     * @throws RpcDisabledException if the agent may not, or some are frozen already
     */
    int freeze(List<String> mountPoints, Deadline deadline) throws AgentException;

    /**
     * Thaws all file systems and runs the guest's thaw hooks. To be called also where something in the guest has thawed them:
     * the agent believes that they are frozen until then. Returns how many were thawed, 0 where none was frozen.
     */
    int thaw(Deadline deadline) throws AgentException;

    /**
     * Has mounted file systems tell their disks which blocks are not in use. Takes minutes on large ones, and the agent does
     * nothing else meanwhile. Lists at most 100.
     *
     * @param minimumBytes free ranges that are shorter are left alone; 0 for none
     */
    GuestList<TrimmedFileSystem> trim(long minimumBytes, Deadline deadline) throws AgentException;

    /**
     * Finds out whether the agent allows {@code guest-exec} if {@link #info} does not tell, by asking it to run nothing.
     *
     * @throws RpcDisabledException if it does not
     * @throws RpcMissingException if it is too old
     */
    void tryExec(Deadline deadline) throws AgentException;

    /**
     * Finds out whether the agent allows {@code guest-exec-status}, by asking about a process that cannot exist. Without
     * that command, a command can be started but its end is never known.
     *
     * @throws RpcDisabledException if it does not
     * @throws RpcMissingException if it is too old
     */
    void tryExecStatus(Deadline deadline) throws AgentException;

    /**
     * Starts a command and returns its pid in the guest, without waiting for its end. An {@link AgentErrorException} means
     * that the program cannot be started, or that the command is too large for an {@link AgentExchange}. After an exception
     * with {@link AgentException#mayHaveActed()}, a command may be running whose pid nobody knows.
     *
     * @throws IllegalArgumentException if the request would be larger than 48 MiB with its input in base64
     */
    long exec(ExecCommand command, Deadline deadline) throws AgentException;

    /**
     * The state of a command. Once the agent has reported that it exited, it forgets it: the result is reported once, to one
     * caller, and is lost if the reply is lost. Asking again gives an {@link AgentErrorException} with {@link
     * AgentErrorException#isUnknownPid()}.
     */
    ExecStatus execStatus(long pid, Deadline deadline) throws AgentException;

    /**
     * As {@link #execStatus(long, Deadline)}, for a caller that keeps the result for a while: it counts in the share until
     * that is closed. The time a large result waits for room in the budget does not count against the deadline, since giving
     * up would lose what the agent reports only once.
     *
     * @param share of the budget in this agent's {@link GuestAgentOptions}
     */
    ExecStatus execStatus(long pid, ReplyBudget.Share share, Deadline deadline) throws AgentException;

    /**
     * Opens a file in the guest and returns a handle. The handle outlives connections but not the agent, and stays open in
     * the guest until it is closed.
     *
     * @param mode as for C's fopen: "r", "w", "a", with "+" and "b"
     */
    long fileOpen(String path, String mode, Deadline deadline) throws AgentException;

    /**
     * Reads from the file's current position. 64 KiB at a time is the fastest.
     *
     * @param count the most bytes to return, from 1 to {@link ReplyLimits#maxFileReadBytes()}, or what an {@link
     *     AgentExchange} has room for
     */
    FileChunk fileRead(long handle, int count, Deadline deadline) throws AgentException;

    /**
     * Writes at the file's current position. If an {@link AgentExchange} holds less, only the first part is sent.
     *
     * @throws IllegalArgumentException if the data do not fit a request on a socket, about 36 MB
     * @return how many bytes were written, possibly fewer than were given
     */
    int fileWrite(long handle, byte[] data, Deadline deadline) throws AgentException;

    /** Moves the file's current position. */
    FileSeek fileSeek(long handle, long offset, SeekFrom whence, Deadline deadline) throws AgentException;

    /** Flushes written data to the guest's kernel. */
    void fileFlush(long handle, Deadline deadline) throws AgentException;

    /** Closes the file and forgets the handle. */
    void fileClose(long handle, Deadline deadline) throws AgentException;

    /**
     * Asks the guest to switch itself off, and returns once it has been asked. An agent that obeys says nothing, so silence,
     * or a channel that closes with the guest, counts as success; the hypervisor can tell whether the guest obeys.
     *
     * @param deadline how long to listen for a refusal
     * @throws AgentException if the agent cannot be asked, or refuses
     */
    void powerdown(Deadline deadline) throws AgentException;

    /**
     * As {@link #powerdown}, with a choice of what the guest does in the end.
     *
     * @param deadline how long to listen for a refusal
     */
    void shutdown(ShutdownMode mode, Deadline deadline) throws AgentException;

    /**
     * Sets the password of a user of the guest. An {@link AgentErrorException} means that the guest refused it; its description may
     * quote what the guest was given, so show it to nobody.
     *
     * @param password the password in UTF-8, or what crypt(3) made of it
     * @param crypted which of the two it is
     */
    void setUserPassword(String user, byte[] password, boolean crypted, Deadline deadline) throws AgentException;

    /**
     * The lines of a user's authorized_keys, at most 1,000, without comments and blanks around them. Agents before QEMU 5.2 do not
     * know them.
     */
    GuestList<String> authorizedKeys(String user, Deadline deadline) throws AgentException;

    /** Adds lines to a user's authorized_keys, which are not added twice. Follows links as root does. */
    void addAuthorizedKeys(String user, List<String> lines, Deadline deadline) throws AgentException;

    /** Removes these lines from a user's authorized_keys. Follows links as root does. */
    void removeAuthorizedKeys(String user, List<String> lines, Deadline deadline) throws AgentException;

    /** The guest's clock. */
    Instant time(Deadline deadline) throws AgentException;

    /** Sets the guest's clock, and the clock of its hardware by it. */
    void setTime(Instant time, Deadline deadline) throws AgentException;

    /** Sets the guest's clock by the clock of its hardware. */
    void setTimeFromHardware(Deadline deadline) throws AgentException;

    /** How many processors the guest has. */
    GuestCount processors(Deadline deadline) throws AgentException;

    /** How many blocks of memory the guest has. Agents before QEMU 2.3 do not know them, nor do guests of some kinds. */
    GuestCount memoryBlocks(Deadline deadline) throws AgentException;

    /** How large each of its blocks of memory is, in bytes. */
    long memoryBlockBytes(Deadline deadline) throws AgentException;

    /**
     * Returns if somebody listens on the socket, be it an agent or a virtual machine whose guest runs none. If a connection
     * is held already, or there is no socket, this asks the agent instead, since another connection would wait behind our
     * own.
     *
     * @throws NotConnectedException if nobody listens, or it cannot be told; its reason says which
     */
    void reach(Deadline deadline) throws NotConnectedException;

    /**
     * Whether a connection is held from an earlier call. If not, the next call makes one, and the agent has to answer a
     * greeting before anything else is sent.
     */
    boolean isConnected();

    /**
     * Whether another client holds the agent's channel, so that the agent cannot answer us: it serves one client at a time.
     * False also if that cannot be told. Linux only. Takes a moment; does not ask the agent, and does not disturb calls that
     * wait for it.
     */
    boolean isHeldByAnother();

    /**
     * When the agent last answered a call, even with an error; empty if it never has. On the system clock, for people to
     * read.
     */
    Optional<Instant> lastAnswered();

    /** How long ago the agent last answered, whatever was done to the system clock since; empty if it never has. */
    Optional<Duration> answeredAgo();

    /** What to throw if the deadline passes in a queue that a caller keeps before this agent. Nothing was sent. */
    AgentTimeoutException lateInQueue();

    /**
     * Ends the connection. Calls that run or wait, and later ones, fail with {@link NotConnectedException.Reason#CLOSED}.
     */
    @Override
    void close();
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

import java.nio.file.Path;

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
public final class GuestAgent implements AutoCloseable {

    private GuestAgent() {}

    /**
     * An agent behind a Unix socket: the host's end of a virtio-serial channel, or a qemu-ga that listens itself. Nothing
     * is connected yet, and the socket need not exist yet.
     *
     * @param socket the path, at most about 100 bytes, as the system has it
     */
    public static GuestAgent onUnixSocket(Path socket, GuestAgentOptions options) {
        return new GuestAgent();
    }

    /** Asks the agent for a sign of life. */
    public void ping(Deadline deadline) throws AgentException {
        notYet();
    }

    /** The agent's version and what it can do. */
    public AgentInfo info(Deadline deadline) throws AgentException {
        return notYet();
    }

    /**
     * Starts a command and gives its pid in the guest. It does not wait for the command's end. A program that cannot be
     * started is an {@link AgentErrorException}. When {@link AgentException#mayHaveActed()}, a command may be running whose
     * pid nobody knows.
     *
     * @throws IllegalArgumentException when the command is larger than an agent takes, about 48 MiB with its input
     */
    public long exec(ExecCommand command, Deadline deadline) throws AgentException {
        return notYet();
    }

    /**
     * How a command stands. Once this has told that the command exited, the agent forgets it: the result is told once, to
     * one caller, and a reply that is lost takes the result with it. Asking again gives an {@link AgentErrorException}
     * with {@link AgentErrorException#isUnknownPid()}.
     */
    public ExecStatus execStatus(long pid, Deadline deadline) throws AgentException {
        return notYet();
    }

    /**
     * Opens a file in the guest and gives a handle, which outlives connections but not the agent, and leaks in the guest
     * until it is closed.
     *
     * @param mode as of C's fopen: "r", "w", "a", with "+" and "b"
     */
    public long fileOpen(String path, String mode, Deadline deadline) throws AgentException {
        return notYet();
    }

    /**
     * Reads on from where the file stands. 64 KiB at a time is the fastest.
     *
     * @param count the most bytes to give, from 1 to {@link ReplyLimits#maxFileReadBytes()}
     */
    public FileChunk fileRead(long handle, int count, Deadline deadline) throws AgentException {
        return notYet();
    }

    /**
     * Writes where the file stands.
     *
     * @return how many bytes were written, which may be fewer than were given
     */
    public int fileWrite(long handle, byte[] data, Deadline deadline) throws AgentException {
        return notYet();
    }

    /** Moves to another place in the file. */
    public FileSeek fileSeek(long handle, long offset, SeekFrom whence, Deadline deadline) throws AgentException {
        return notYet();
    }

    /** Hands what was written over to the guest's kernel. */
    public void fileFlush(long handle, Deadline deadline) throws AgentException {
        notYet();
    }

    /** Closes the file and forgets the handle. */
    public void fileClose(long handle, Deadline deadline) throws AgentException {
        notYet();
    }

    /** Ends the connection. Calls that run or wait fail with {@link NotConnectedException.Reason#CLOSED}, as later ones do. */
    @Override
    public void close() {}

    @SuppressWarnings("TypeParameterUnusedInFormals") // A stand-in that the next steps take out.
    private static <T> T notYet() {
        throw new UnsupportedOperationException("Not built yet");
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import dev.bellhop.qga.Deadline;
import java.time.Duration;
import java.util.Set;

/**
 * A stream into one guest, by which its root can do many things at once. Thread safe. Calls block their thread, which may be virtual,
 * until their deadline; an interrupt ends them early and harms nobody else.
 *
 * <p>Once the stream is lost, as when the guest is reset or its VM stops, all that was open on it fails with {@link
 * StreamException.Kind#LOST}; commands in the guest are told that their terminal hung up, but for detached ones.
 */
public interface GuestStream {
    /** Whether it is of use, as far as is known. */
    boolean isOpen();

    /** How long ago something was heard from the guest. */
    Duration heardAgo();

    /**
     * Asks for a sign of life. What is sent next cannot have waited for a guest that was paused before this.
     *
     * @return false if there was none by the deadline
     * @throws StreamException if the stream was lost, or the thread was interrupted
     */
    boolean answers(Deadline deadline) throws StreamException;

    /**
     * Starts a command. Its environment is that of a login, with what the command has for itself, unless it is detached.
     *
     * @throws StreamException of kind {@code REFUSED} with the guest's error where it cannot be started; {@code LATE} where that is not
     *     known by the deadline, in which case it is hung up
     */
    GuestProcess exec(GuestCommand command, Deadline deadline) throws StreamException;

    /**
     * Connects to a TCP port as seen from within the guest.
     *
     * @param host a name or an address
     */
    GuestConnection connect(String host, int port, Deadline deadline) throws StreamException;

    /**
     * Opens a file.
     *
     * @param path as the guest has it, which need not be UTF-8
     * @param mode of a file that is made, whatever the guest's umask: {@code 0600}
     */
    GuestFile open(byte[] path, Set<GuestFile.Option> options, int mode, Deadline deadline) throws StreamException;
}

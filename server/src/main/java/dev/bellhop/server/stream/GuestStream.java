// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import dev.bellhop.qga.Deadline;
import java.time.Duration;
import java.util.Set;

/**
 * A stream into one guest. It runs many operations concurrently, as the guest's root. Thread safe. Calls block their
 * thread, which can be virtual, until their deadline; an interrupt ends a call early and affects no other calls.
 *
 * <p>If the stream is lost, for example because the guest is reset or its VM stops, everything open on it fails with
 * {@link StreamException.Kind#LOST}. Commands in the guest get a hangup, except detached ones.
 */
public interface GuestStream {
    /** Checks whether the stream can be used, as far as this side knows. */
    boolean isOpen();

    /** Returns the time since the guest last sent anything. */
    Duration heardAgo();

    /**
     * Pings the guest. After an answer, the next request does not wait for a guest that was paused before this call.
     *
     * @return false if there was no answer by the deadline
     * @throws StreamException if the stream was lost, or the thread was interrupted
     */
    boolean answers(Deadline deadline) throws StreamException;

    /**
     * Starts a command. Its environment is a login environment plus the command's own variables, unless it is detached.
     *
     * @throws StreamException of kind {@code REFUSED} with the guest's error if the command cannot be started; of kind
     *     {@code LATE} if that is not known by the deadline: the command is then hung up
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
     * @param path in the guest's encoding, which may differ from UTF-8
     * @param mode mode of a created file, such as {@code 0600}, regardless of the guest's umask
     */
    GuestFile open(byte[] path, Set<GuestFile.Option> options, int mode, Deadline deadline) throws StreamException;
}

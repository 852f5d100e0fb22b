// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import dev.bellhop.qga.Deadline;
import java.util.Optional;

/** A command that runs in a guest over a stream. Thread safe. */
public interface GuestProcess extends AutoCloseable {
    /** Its process id in the guest, which is also that of its session and process group. */
    long pid();

    /** To be closed by {@link ChannelWriter#end}; at a terminal that types Ctrl-D. */
    ChannelWriter stdin();

    /** With stderr, where it has a terminal. */
    ChannelReader stdout();

    /** At its end from the start, where it has a terminal. */
    ChannelReader stderr();

    /**
     * How it ended; empty if it has not by the deadline. Output may follow: what it has left running may still write.
     *
     * @throws StreamException if that will never be known, since the stream was lost
     */
    Optional<ProcessEnd> awaitEnd(Deadline deadline) throws StreamException;

    /** Changes the size of its terminal, of which it is told. Nothing happens where it has none. */
    void resize(GuestCommand.Terminal size);

    /**
     * Sends a signal, by its number, to its process group; where it has a terminal, to all in the terminal's session. One that gets
     * SIGHUP there gets SIGCONT, too, and is ended with force 2 seconds later. Nothing happens where it has ended.
     */
    void signal(int number);

    /**
     * Hangs up: its process group is sent SIGHUP if it still runs, unless it is {@link GuestCommand.Detached detached}, and its pipes or
     * terminal are closed. Returns at once.
     */
    @Override
    void close();
}

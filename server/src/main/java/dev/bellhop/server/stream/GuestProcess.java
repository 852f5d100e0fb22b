// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import dev.bellhop.qga.Deadline;
import java.util.Optional;

/** A command that runs in a guest over a stream. Thread safe. */
public interface GuestProcess extends AutoCloseable {
    /** Returns the process id in the guest, which is also the id of the process's session and process group. */
    long pid();

    /** Returns stdin. {@link ChannelWriter#end} closes it; at a terminal, that types Ctrl-D. */
    ChannelWriter stdin();

    /** Returns stdout, which includes stderr if the command has a terminal. */
    ChannelReader stdout();

    /** Returns stderr, which is at its end from the start if the command has a terminal. */
    ChannelReader stderr();

    /**
     * Waits for the command to end and returns how it ended; empty if it has not ended by the deadline. Output may
     * follow, because processes that it left running can still write.
     *
     * @throws StreamException if the result can never be known because the stream was lost
     */
    Optional<ProcessEnd> awaitEnd(Deadline deadline) throws StreamException;

    /** Changes the size of the terminal and notifies the command. Does nothing if there is no terminal. */
    void resize(GuestCommand.Terminal size);

    /**
     * Sends a signal, by its number, to the process group; if there is a terminal, to all processes of its session. For
     * SIGHUP, these processes also get SIGCONT, and are killed 2 seconds later. Does nothing if the command has ended.
     */
    void signal(int number);

    /**
     * Hangs up: sends SIGHUP to the process group if it still runs, unless the command is {@link GuestCommand.Detached
     * detached}, and closes its pipes or terminal. Returns immediately.
     */
    @Override
    void close();
}

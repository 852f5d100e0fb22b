// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal;

import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.Optional;

/**
 * Pseudo-terminals in guests. Each call is a request and a response of plain values, so the guest can belong to another
 * node. Implementations do not know the callers. One reader and one writer at a time for each pty. Thread safe.
 *
 * <p>Each method throws a {@code BellhopException}: {@code NOT_FOUND} if the VM or the pty does not exist, {@code
 * AGENT_UNAVAILABLE} if the guest does not answer.
 */
public interface Ptys {
    /** The most bytes of one read or write. */
    int MAX_BYTES = 256 * 1024;

    /**
     * Starts a command in a new pty; returns when it runs. Returns how the pty is reached; empty if unknown.
     *
     * @throws dev.bellhop.server.failure.BellhopException also {@code NOT_SUPPORTED} if the guest lacks a program that
     *     makes a pty; the message says what to install; and {@code INVALID_FIELD} for a user that the guest does not
     *     know
     */
    Optional<PtyWay> open(VmId vm, TerminalId id, PtySpec spec, Duration timeout);

    /**
     * Returns the output from an offset on. Output before that offset is not requested again and is freed in the guest:
     * a command that prints waits while too much is unread.
     *
     * @param limit 1 to {@link #MAX_BYTES}
     * @param longest how long to wait for output
     */
    PtyOutput read(VmId vm, TerminalId id, long offset, int limit, Duration longest) throws InterruptedException;

    /**
     * Types bytes. Bytes that were typed before, judging by the offset, are not typed again. Returns when the guest has
     * them, even if the command has not read them.
     *
     * @throws dev.bellhop.server.failure.BellhopException also {@code STDIN_FULL} if the command does not read within
     *     the timeout
     */
    void write(VmId vm, TerminalId id, long offset, byte[] bytes, Duration timeout) throws InterruptedException;

    void resize(VmId vm, TerminalId id, WindowSize size);

    /** Hangs up: all processes in the terminal end, by force after two seconds. The end can still be read. */
    void hangUp(VmId vm, TerminalId id);

    /**
     * Forgets a pty, here and in the guest. Processes that still run there get a hangup. Does nothing if it does not
     * exist.
     */
    void forget(VmId vm, TerminalId id);
}

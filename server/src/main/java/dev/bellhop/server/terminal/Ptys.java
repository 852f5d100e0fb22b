// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal;

import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.Optional;

/**
 * Pseudo-terminals in guests. Each call is a question and an answer of plain values, so that the guest may be another node's. It knows
 * no callers. One reader and one writer at a time for each pty. Thread safe.
 *
 * <p>Each method throws a {@code BellhopException}: {@code NOT_FOUND} for a VM or a pty that is not there, {@code AGENT_UNAVAILABLE}
 * where the guest does not answer.
 */
public interface Ptys {
    /** The most bytes of one read or write. */
    int MAX_BYTES = 256 * 1024;

    /**
     * Starts a command in a new pty; returns once it runs, and tells by which way it is reached; empty where that is not known.
     *
     * @throws dev.bellhop.server.failure.BellhopException also {@code NOT_SUPPORTED} where the guest has nothing that makes a pty,
     *     which says what to install, and {@code INVALID_FIELD} for a user that the guest does not know
     */
    Optional<PtyWay> open(VmId vm, TerminalId id, PtySpec spec, Duration timeout);

    /**
     * What was printed from an offset on. What is before it is not asked for again, and makes room in the guest: a command that prints
     * waits while too much has not been read.
     *
     * @param limit 1 to {@link #MAX_BYTES}
     * @param longest how long to wait until there is something
     */
    PtyOutput read(VmId vm, TerminalId id, long offset, int limit, Duration longest) throws InterruptedException;

    /**
     * Types something; what of it was typed before, by its offset, is not typed again. Returns once the guest has it, though the
     * command may not have read it.
     *
     * @throws dev.bellhop.server.failure.BellhopException also {@code STDIN_FULL} where the command reads nothing for so long
     */
    void write(VmId vm, TerminalId id, long offset, byte[] bytes, Duration timeout) throws InterruptedException;

    void resize(VmId vm, TerminalId id, WindowSize size);

    /** Hangs up: all that runs in the terminal ends, with force after two seconds. Its end can still be read. */
    void hangUp(VmId vm, TerminalId id);

    /** Forgets a pty, and has the guest forget it. Whatever still runs there is hung up. Does nothing where it is not there. */
    void forget(VmId vm, TerminalId id);
}

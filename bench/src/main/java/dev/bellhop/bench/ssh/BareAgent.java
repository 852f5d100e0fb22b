// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.ssh;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.qga.GuestAgent;
import java.time.Duration;

/** The fewest calls of an agent that can move files. A file also needs a program that looks where its path leads. */
record BareAgent(GuestAgent agent) {
    private static final String PATH = "/var/tmp/bare";
    private static final Duration TIMEOUT = Duration.ofMinutes(5);

    /** As large as Bellhop's pieces are in an emulated guest, because other callers wait for each. */
    private static final int PIECE = 32 * 1024;

    /** Returns how many seconds it takes to write a file of this size. */
    double writeLarge(int bytes) throws AgentException {
        long begin = System.nanoTime();
        Deadline deadline = Deadline.after(TIMEOUT);
        long handle = agent.fileOpen(PATH, "w", deadline);
        for (int rest = bytes; rest > 0; rest -= PIECE) {
            agent.fileWrite(handle, new byte[Math.min(PIECE, rest)], deadline);
        }
        agent.fileClose(handle, deadline);
        return seconds(begin);
    }

    /** Returns how many seconds it takes to write so many small files, with one program for each. */
    double writeSmall(int files, int bytes) throws AgentException {
        return small(files, "w", (handle, deadline) -> agent.fileWrite(handle, new byte[bytes], deadline));
    }

    /** Returns how many seconds it takes to read a small file so many times, with one program for each. */
    double readSmall(int files, int bytes) throws AgentException {
        return small(files, "r", (handle, deadline) -> {
            if (agent.fileRead(handle, bytes, deadline).data().length != bytes) {
                throw new IllegalStateException("The guest returned fewer bytes than the file has");
            }
        });
    }

    private interface Use {
        void use(long handle, Deadline deadline) throws AgentException;
    }

    private double small(int files, String mode, Use use) throws AgentException {
        long begin = System.nanoTime();
        Deadline deadline = Deadline.after(TIMEOUT);
        for (int file = 0; file < files; file++) {
            runProgram(deadline);
            long handle = agent.fileOpen(PATH, mode, deadline);
            use.use(handle, deadline);
            agent.fileClose(handle, deadline);
        }
        return seconds(begin);
    }

    private void runProgram(Deadline deadline) throws AgentException {
        long pid = agent.exec(ExecCommand.of("/bin/true"), deadline);
        while (!agent.execStatus(pid, deadline).exited()) {
            // Ask again at once.
        }
    }

    private static double seconds(long begin) {
        return (System.nanoTime() - begin) / 1e9;
    }
}

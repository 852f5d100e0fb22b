// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga.client;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.qga.ExecStatus;
import dev.bellhop.qga.GuestAgent;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/** Deadlines of tests, and waiting for commands. */
final class Soon {

    private Soon() {}

    /** Long enough for anything that is to succeed, even on a busy machine. */
    static Deadline soon() {
        return Deadline.after(Duration.ofSeconds(30));
    }

    /** For a call that is to be late. */
    static Deadline verySoon() {
        return Deadline.after(Duration.ofMillis(200));
    }

    /** Waits for something that is to happen. */
    static ConditionFactory eventually() {
        return Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(2));
    }

    /** Runs a command to its end. */
    static ExecStatus run(GuestAgent agent, ExecCommand command) throws AgentException, InterruptedException {
        return await(agent, agent.exec(command, soon()));
    }

    /** Runs a shell script to its end. */
    static ExecStatus sh(GuestAgent agent, String script) throws AgentException, InterruptedException {
        return run(agent, ExecCommand.of("/bin/sh", "-c", script));
    }

    /** Waits for the end of a command. */
    static ExecStatus await(GuestAgent agent, long pid) throws AgentException, InterruptedException {
        Deadline deadline = soon();
        for (; ; ) {
            ExecStatus status = agent.execStatus(pid, deadline);
            if (status.exited()) {
                return status;
            }
            Thread.sleep(2);
        }
    }
}

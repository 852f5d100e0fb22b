// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.qga.ExecStatus;
import dev.bellhop.qga.GuestAgent;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

/** Commands by a guest's agent, without a server. */
public final class AgentCommands {
    private static final Duration TIMEOUT = Duration.ofMinutes(1);

    private AgentCommands() {}

    /** Runs text for the guest's shell to its end, and returns its stdout. */
    public static String run(GuestAgent agent, String text) throws AgentException {
        long pid = agent.exec(ExecCommand.of("sh", "-c", text), Deadline.after(TIMEOUT));
        ExecStatus end =
                await().atMost(TIMEOUT).until(() -> agent.execStatus(pid, Deadline.after(TIMEOUT)), ExecStatus::exited);
        return new String(end.stdout(), StandardCharsets.UTF_8).strip();
    }

    /** Commands one after the other, from now on until {@link #end}. */
    public record Steady(AtomicBoolean isOver, FutureTask<Integer> commands) {
        /** Each has to come back with a number of its own. */
        public static Steady start(GuestAgent agent) {
            AtomicBoolean isOver = new AtomicBoolean();
            FutureTask<Integer> commands = new FutureTask<>(() -> {
                int count = 0;
                while (!isOver.get()) {
                    assertThat(run(agent, "echo " + count)).isEqualTo(Integer.toString(count));
                    count++;
                }
                return count;
            });
            Thread.startVirtualThread(commands);
            return new Steady(isOver, commands);
        }

        /** How many there were; fails where one has. */
        public int end() throws ExecutionException, InterruptedException, TimeoutException {
            isOver.set(true);
            return commands.get(2 * TIMEOUT.toSeconds(), TimeUnit.SECONDS);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.support;

import static org.awaitility.Awaitility.await;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.qga.ExecStatus;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.qga.client.AgentClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

/** Uses a guest's agent as other programs do, while the server is away: the agent serves one client at a time. */
public final class GuestAccess implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofMinutes(1);

    private final GuestAgent agent;

    /** Waits until the agent answers. */
    public GuestAccess(Path socket) {
        agent = AgentClient.onUnixSocket(socket, GuestAgentOptions.defaults());
        await().atMost(TIMEOUT).ignoreExceptionsInstanceOf(AgentException.class).until(() -> {
            agent.ping(Deadline.after(Duration.ofSeconds(2)));
            return true;
        });
    }

    /** Starts shell text in the guest and returns its pid. */
    public long start(String text) throws AgentException {
        return agent.exec(ExecCommand.of("/bin/sh", "-c", text), Deadline.after(TIMEOUT));
    }

    /** Runs shell text in the guest and returns its output. */
    public String run(String text) throws AgentException {
        long pid = start(text);
        ExecStatus end = await().atMost(TIMEOUT)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> agent.execStatus(pid, Deadline.after(TIMEOUT)), ExecStatus::exited);
        return new String(end.stdout(), StandardCharsets.UTF_8);
    }

    /** Makes an empty file, which an agent can do even if it runs no commands. */
    public void touch(String path) throws AgentException {
        agent.fileClose(agent.fileOpen(path, "w", Deadline.after(TIMEOUT)), Deadline.after(TIMEOUT));
    }

    /** Shell text that gives this pid to the guest's next process, if it is free. */
    public static String nextPid(long pid) {
        return "echo " + (pid - 1) + " >/proc/sys/kernel/ns_last_pid";
    }

    @Override
    public void close() {
        agent.close();
    }
}

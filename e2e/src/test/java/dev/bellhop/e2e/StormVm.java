// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e;

import dev.bellhop.testkit.RealAgent;
import dev.bellhop.testkit.VmSockets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What the server takes for a VM: a real agent on this machine behind a port, and ways to break them. Thread safe. */
final class StormVm implements AutoCloseable {
    private final Path folder;
    private final RealAgent agent;
    private AgentPort port;

    private StormVm(Path folder, RealAgent agent) throws IOException {
        this.folder = folder;
        this.agent = agent;
        this.port = AgentPort.open(socket(), agent.socket());
    }

    /** Starts one with all that is its own in a folder, which is made. */
    static StormVm start(Path folder) throws IOException {
        RealAgent agent = RealAgent.start(Files.createDirectory(folder));
        try {
            return new StormVm(folder, agent);
        } catch (Throwable e) {
            try (agent) {
                throw e;
            }
        }
    }

    VmSockets sockets() {
        return new VmSockets(socket(), Optional.empty());
    }

    /** Where its commands count their runs. */
    Path counter() {
        return folder.resolve("counter");
    }

    /** What its commands have put there, a line each. */
    List<String> counted() throws IOException {
        return Files.exists(counter()) ? Files.readAllLines(counter()) : List.of();
    }

    private Path socket() {
        return folder.resolve("port");
    }

    /** Kills the agent, whose commands go on, and starts another. Clients see nothing but a silence. */
    synchronized void killAgent() throws IOException {
        port.detach();
        agent.restartKeepingProcesses();
        port.attach(agent.socket());
    }

    /** The agent stands still. */
    synchronized void freeze() {
        agent.stop();
    }

    /** It goes on, unless it was killed in the meantime. */
    synchronized void thaw() {
        if (agent.isAlive()) {
            agent.cont();
        }
    }

    /** Removes the socket with the agent behind it, and puts another of each in their place. */
    synchronized void replaceSocket() throws IOException {
        port.close();
        agent.restartKeepingProcesses();
        port = AgentPort.open(socket(), agent.socket());
    }

    @Override
    public synchronized void close() throws IOException {
        try (agent) {
            port.close();
        }
    }
}

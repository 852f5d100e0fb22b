// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.storm;

import dev.bellhop.e2e.support.AgentPort;
import dev.bellhop.testkit.RealAgent;
import dev.bellhop.testkit.VmSockets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A VM as far as the server can tell: a real agent on this machine behind a port, and ways to break them. Thread safe. */
final class StormVm implements AutoCloseable {
    private final Path folder;
    private final RealAgent agent;
    private AgentPort port;

    private StormVm(Path folder, RealAgent agent) throws IOException {
        this.folder = folder;
        this.agent = agent;
        this.port = AgentPort.open(socket(), agent.socket());
    }

    /** Starts one with all its files in a folder, which is made. */
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

    /** The tags its commands have written there, one a line. */
    List<String> counted() throws IOException {
        return Files.exists(counter()) ? Files.readAllLines(counter()) : List.of();
    }

    private Path socket() {
        return folder.resolve("port");
    }

    /** Kills the agent, whose commands continue, and starts another. Clients notice only a silence. */
    synchronized void killAgent() throws IOException {
        port.detach();
        agent.restartKeepingProcesses();
        port.attach(agent.socket());
    }

    /** Freezes the agent. */
    synchronized void freeze() {
        agent.stop();
    }

    /** Thaws the agent, unless it was killed meanwhile. */
    synchronized void thaw() {
        if (agent.isAlive()) {
            agent.cont();
        }
    }

    /** Replaces the socket and the agent behind it. */
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

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A real qemu-ga that listens on a Unix socket and runs commands on this machine, in a folder of its own. */
final class AgentProcess implements AutoCloseable {
    private static final long PATIENCE_MILLIS = 30_000;

    private final Path socket;
    private final Process process;

    private AgentProcess(Path socket, Process process) {
        this.socket = socket;
        this.process = process;
    }

    static AgentProcess start(Path folder, long vmid) throws IOException {
        return startAll(folder, vmid, 1).getFirst();
    }

    /** Starts as many agents as asked for, with vmids from the first one up; returns once all can be connected to. */
    static List<AgentProcess> startAll(Path folder, long firstVmid, int count) throws IOException {
        List<AgentProcess> agents = new ArrayList<>();
        for (long vmid = firstVmid; vmid < firstVmid + count; vmid++) {
            agents.add(launch(folder, vmid));
        }
        for (AgentProcess agent : agents) {
            agent.awaitSocket();
        }
        return agents;
    }

    private static AgentProcess launch(Path folder, long vmid) throws IOException {
        Path scratch = Files.createDirectory(folder.resolve("agent-" + vmid));
        Path socket = folder.resolve(vmid + ".qga");
        List<String> command = List.of(
                "qemu-ga",
                "-m",
                "unix-listen",
                "-p",
                socket.toString(),
                "-t",
                scratch.toString(),
                "-f",
                scratch.resolve("pid").toString());
        return new AgentProcess(socket, Children.start(scratch, scratch.resolve("log"), command));
    }

    Path socket() {
        return socket;
    }

    private void awaitSocket() throws IOException {
        long deadline = System.currentTimeMillis() + PATIENCE_MILLIS;
        while (true) {
            try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
                channel.connect(UnixDomainSocketAddress.of(socket));
                return;
            } catch (IOException e) {
                if (!process.isAlive() || System.currentTimeMillis() > deadline) {
                    throw new IOException("Cannot start qemu-ga on " + socket + "; see the log beside it", e);
                }
            }
            pause();
        }
    }

    private static void pause() throws IOException {
        try {
            Thread.sleep(2);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    @Override
    public void close() {
        Children.end(process);
    }
}

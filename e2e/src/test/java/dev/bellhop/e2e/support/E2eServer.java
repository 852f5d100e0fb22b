// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.support;

import static java.util.stream.Collectors.joining;

import dev.bellhop.testkit.ServerProcess;
import dev.bellhop.testkit.VmSockets;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;

/** A server process, and a client that connects to it as it runs now. */
public final class E2eServer implements AutoCloseable {
    private final ServerProcess process;
    private volatile V1Client client;

    private E2eServer(ServerProcess process) throws IOException {
        this.process = process;
        this.client = newClient();
    }

    /**
     * Starts a server that knows these agents of this machine, with its data and their spool in {@code folder}, and
     * returns once it is ready.
     */
    public static E2eServer start(Path folder, Map<Integer, VmSockets> agents) throws IOException {
        return start(folder, agents, "executions: {spool: " + folder.resolve("spool") + "}");
    }

    /** As the other, with real VMs: each has the spool at its usual place. */
    public static E2eServer startForVms(Path folder, Map<Integer, VmSockets> vms) throws IOException {
        return start(folder, vms, "");
    }

    /** The same with an SSH door. */
    static E2eServer startWithDoor(Path folder, Map<Integer, VmSockets> vms) throws IOException {
        return start(folder, vms, SshAccess.door());
    }

    private static E2eServer start(Path folder, Map<Integer, VmSockets> vms, String more) throws IOException {
        String vmLines = vms.entrySet().stream()
                .map(vm -> "      " + vm.getKey() + ": " + vm.getValue().toYaml())
                .collect(joining("\n"));
        return startOn(folder, """
                %s
                hypervisors:
                  - type: qemu
                    vms:
                %s
                """.formatted(more, vmLines));
    }

    /** Starts a server with this configuration, except for its address and data folder. */
    public static E2eServer startOn(Path folder, String configuration) throws IOException {
        return new E2eServer(ServerProcess.start(folder, configuration));
    }

    /** As the other, with options for its Java virtual machine. */
    public static E2eServer startOn(Path folder, String configuration, String javaOptions) throws IOException {
        return new E2eServer(ServerProcess.start(folder, configuration, Map.of("BELLHOP_JAVA_OPTS", javaOptions)));
    }

    private V1Client newClient() throws IOException {
        return new V1Client(process.url(), process.adminKey());
    }

    public URI url() {
        return process.url();
    }

    /** Of its process. */
    public long pid() {
        return process.process().pid();
    }

    public String adminKey() throws IOException {
        return process.adminKey();
    }

    /** A client of this server as it runs now, with the admin key. */
    public V1Client client() {
        return client;
    }

    /** Ends the server with SIGKILL, so that it cannot clean up, and starts it again. */
    public void killAndRestart() throws IOException {
        kill();
        startAgain();
    }

    /** Ends the server with SIGKILL. */
    public void kill() {
        client.close();
        process.kill();
    }

    /** Starts the server after it was ended. */
    public void startAgain() throws IOException {
        process.startAgain();
        client = newClient();
    }

    /** Ends the server with SIGTERM, as a service manager does, and starts it again. */
    public void restart() throws IOException {
        close();
        startAgain();
    }

    @Override
    public void close() {
        client.close();
        process.close();
    }
}

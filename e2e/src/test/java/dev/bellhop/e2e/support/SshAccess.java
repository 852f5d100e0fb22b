// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.support;

import dev.bellhop.testkit.Checkout;
import dev.bellhop.testkit.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Files for ssh and Ansible, made by the commands that people type for that, and an SSH key that may do all. */
public final class SshAccess {
    /** In a VM whose processor is emulated, python takes its time. */
    private static final Duration ANSIBLE_TIMEOUT = Duration.ofMinutes(25);

    private final E2eServer server;
    private final Path folder;

    private SshAccess(E2eServer server, Path folder) {
        this.server = server;
        this.folder = folder;
    }

    /** What a server has in its configuration for a door, which has its port again after a restart. */
    public static String door() throws IOException {
        return door("");
    }

    /**
     * The same with other settings.
     *
     * @param more settings of {@code ssh}, each with a comma before it
     */
    public static String door(String more) throws IOException {
        return "ssh: {listen: '127.0.0.1:" + ServerProcess.freePort() + "'" + more + "}\n";
    }

    /**
     * Makes the files and the key.
     *
     * @param folder a new one
     */
    public static SshAccess make(E2eServer server, Path folder) throws IOException, InterruptedException {
        SshAccess access = new SshAccess(server, Files.createDirectory(folder));
        Path key = access.makeKey();
        access.bellhop("ssh-key", "add", key + ".pub");
        return access.makeFiles(key);
    }

    /** The same for a key that has some scopes alone; {@code bellhop} itself may do all. */
    public static SshAccess make(E2eServer server, Path folder, List<String> scopes)
            throws IOException, InterruptedException {
        SshAccess access = new SshAccess(server, Files.createDirectory(folder));
        Path key = access.makeKey();
        String made = access.bellhop("key", "create", "--name", "some", "--scope", String.join(",", scopes));
        access.bellhop("ssh-key", "add", "--for", made.split("_", -1)[1], key + ".pub");
        return access.makeFiles(key);
    }

    private Path makeKey() throws IOException, InterruptedException {
        Path key = file("id");
        Checkout.run(folder, Map.of(), List.of("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key.toString()))
                .succeeded();
        return key;
    }

    private SshAccess makeFiles(Path key) throws IOException, InterruptedException {
        Files.writeString(file("known_hosts"), bellhop("ssh-config", "--known-hosts"));
        String own = """
                IdentityFile %s
                IdentitiesOnly yes
                IdentityAgent none
                UserKnownHostsFile %s
                StrictHostKeyChecking yes
                BatchMode yes
                """.formatted(key, file("known_hosts"));
        Files.writeString(file("config"), own + bellhop("ssh-config"));
        Path inventory = Files.writeString(
                file("bellhop.sh"), "#!/bin/sh\nexec " + Checkout.ROOT + "/bellhop ansible-inventory \"$@\"\n");
        Files.setPosixFilePermissions(inventory, PosixFilePermissions.fromString("rwx------"));
        Files.createFile(file("ansible.cfg"));
        return this;
    }

    private Path file(String name) {
        return folder.resolve(name);
    }

    /** By which {@code bellhop} finds the server. */
    public Map<String, String> environment() throws IOException {
        return Map.of("BELLHOP_URL", server.url().toString(), "BELLHOP_KEY", server.adminKey());
    }

    /** Runs {@code ./bellhop}, which has to succeed, and returns what it prints. */
    public String bellhop(String... arguments) throws IOException, InterruptedException {
        return tryBellhop(arguments).succeeded();
    }

    /** The same, which may fail. */
    public Checkout.Ended tryBellhop(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("./bellhop"));
        command.addAll(List.of(arguments));
        return Checkout.run(folder, environment(), command);
    }

    /** What programs that speak SSH take as {@code -F}. */
    public Path config() {
        return file("config");
    }

    /** A command line of ssh. */
    public List<String> ssh(String... words) {
        List<String> command = new ArrayList<>(List.of("ssh", "-F", config().toString()));
        command.addAll(List.of(words));
        return command;
    }

    /**
     * Runs ansible or ansible-playbook on the VMs of the server.
     *
     * @param settings variables of Ansible's, beside those that are usual
     */
    public Checkout.Ended ansible(Map<String, String> settings, String program, String... arguments)
            throws IOException, InterruptedException {
        Map<String, String> environment = new HashMap<>(environment());
        environment.putAll(Map.of(
                "ANSIBLE_CONFIG", // An empty one, not that of whoever runs this.
                file("ansible.cfg").toString(),
                "ANSIBLE_FORCE_COLOR",
                "0",
                "ANSIBLE_HOME",
                file("ansible").toString(),
                "ANSIBLE_SSH_CONTROL_PATH_DIR",
                file("cp").toString(),
                "ANSIBLE_SSH_ARGS",
                "-F " + file("config") + " -C -o ControlMaster=auto -o ControlPersist=60s" + " -o UserKnownHostsFile="
                        + file("known_hosts"),
                "ANSIBLE_NOCOLOR",
                "1",
                "ANSIBLE_LOCALHOST_WARNING",
                "0",
                "LC_ALL",
                "C.UTF-8"));
        environment.putAll(settings);
        List<String> command =
                new ArrayList<>(List.of(program, "-i", file("bellhop.sh").toString()));
        command.addAll(List.of(arguments));
        return Checkout.run(folder, environment, command, ANSIBLE_TIMEOUT);
    }
}

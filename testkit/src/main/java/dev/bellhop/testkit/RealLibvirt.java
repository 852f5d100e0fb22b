// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The test's own libvirt daemon, from {@code script/libvirt}, with domains that run this project's guests. */
public final class RealLibvirt implements AutoCloseable {
    private static final Duration BOOT_TIMEOUT = Duration.ofMinutes(2);
    private static final Duration MAKE_TIMEOUT = Duration.ofMinutes(30);
    private static final Duration POLL_INTERVAL = Duration.ofMillis(100);
    private static final Duration EVENT_TIMEOUT = Duration.ofSeconds(20);

    /** The devices of a domain whose agent can be reached. */
    public static final String CHANNEL =
            "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>";

    private final Path folder;
    private final String uri;

    private RealLibvirt(Path folder, String uri) {
        this.folder = folder;
        this.uri = uri;
    }

    /** Starts a daemon with its files in this folder; aborts the test if this machine cannot run one. */
    public static RealLibvirt start(Path folder) throws IOException, InterruptedException {
        Files.createDirectories(folder);
        Checkout.run(folder, Map.of(), List.of("script/guest-image")).succeeded();
        return new RealLibvirt(folder, startDaemon(folder));
    }

    private static String startDaemon(Path folder) throws IOException, InterruptedException {
        return script(folder, "start")
                .succeededOrSkipped("run a libvirt daemon")
                .strip();
    }

    /** The URI to connect to. */
    public String uri() {
        return uri;
    }

    /** Defines a domain with the small guest; {@code virsh start} runs it. */
    public void define(String name, String metadata, String channel) throws IOException, InterruptedException {
        define(name, metadata, "", channel);
    }

    /** Starts a domain with Debian as its guest, on a disk that goes with the daemon's folder; returns once its agent answers. */
    public void startDebian(String name) throws IOException, InterruptedException {
        Checkout.run(folder, Map.of(), List.of("script/debian-guest-image"), MAKE_TIMEOUT)
                .succeededOrSkipped("make the guest");
        Path disk = folder.resolve(name + ".ext4");
        Checkout.run(
                        folder,
                        Map.of(),
                        List.of("cp", "--sparse=always", ".cache/debian-guest/disk.ext4", disk.toString()))
                .succeeded();
        String devices = CHANNEL + """
                <disk type='file'>
                  <driver name='qemu' type='raw' cache='unsafe' discard='unmap'/>
                  <source file='%s'/>
                  <target dev='vda' bus='virtio'/>
                </disk>
                <serial type='null'/>""".formatted(disk); // systemd would wait for its console
        define(name, "", "root=/dev/vda rw", devices);
        virsh("start", name);
        awaitAgent(name);
    }

    private void define(String name, String metadata, String kernelArguments, String devices)
            throws IOException, InterruptedException {
        Path image = Checkout.ROOT.resolve(".cache/guest");
        Path xml = Files.writeString(folder.resolve(name + ".xml"), """
                <domain type='qemu'>
                  <name>%s</name>
                  %s
                  <memory unit='MiB'>256</memory>
                  <os>
                    <type arch='x86_64' machine='q35'>hvm</type>
                    <kernel>%s</kernel>
                    <initrd>%s</initrd>
                    <cmdline>%s console=ttyS0 quiet panic=-1</cmdline>
                  </os>
                  <features><acpi/></features>
                  <cpu mode='maximum'/>
                  <devices>%s<memballoon model='none'/></devices>
                </domain>
                """.formatted(
                        name,
                        metadata,
                        image.resolve("vmlinuz"),
                        image.resolve("initramfs.cpio.gz"),
                        kernelArguments,
                        devices));
        virsh("define", xml.toString());
    }

    /** Runs virsh, which has to succeed, and returns its output. */
    public String virsh(String... arguments) throws IOException, InterruptedException {
        return run(arguments).succeeded();
    }

    private Checkout.Ended run(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("virsh", "-q", "-c", uri));
        command.addAll(List.of(arguments));
        return Checkout.run(folder, Map.of("LC_ALL", "C"), command);
    }

    /** Waits until libvirt knows that the guest has opened the agent's channel. */
    public void awaitAgent(String name) throws IOException {
        Programs.await(
                "the agent of " + name + " opens its channel",
                BOOT_TIMEOUT,
                POLL_INTERVAL,
                () -> run("dumpxml", name).succeeded().contains("state='connected'"));
    }

    /** Freezes the agent's process for some seconds; returns once it is frozen. */
    public void hangAgent(String name, int seconds) throws IOException, InterruptedException {
        virsh(
                "qemu-agent-command",
                name,
                "{\"execute\":\"guest-exec\",\"arguments\":{\"path\":\"/bin/sh\",\"arg\":[\"-c\","
                        + "\"kill -STOP $(pidof qemu-ga); sleep " + seconds + "; kill -CONT $(pidof qemu-ga)\"]}}");
        Programs.await(
                "the agent of " + name + " hangs",
                EVENT_TIMEOUT,
                POLL_INTERVAL,
                () -> run("qemu-agent-command", "--timeout", "5", name, "{\"execute\":\"guest-ping\"}")
                                .exitCode()
                        != 0);
    }

    /** Records what another client of libvirt is told about a domain's agent from now on. */
    public AgentEvents agentEvents(String name) throws IOException {
        Path told = Files.createTempFile(folder, "events", "");
        Process process = new ProcessBuilder(
                        "virsh",
                        "-q",
                        "-c",
                        uri,
                        "event",
                        "--domain",
                        name,
                        "--event",
                        "agent-lifecycle",
                        "--loop",
                        "--timestamp")
                .redirectErrorStream(true)
                .redirectOutput(told.toFile())
                .start();
        return new AgentEvents(process, told);
    }

    /** These records, made by a process that listens until this is closed. */
    public record AgentEvents(Process listener, Path told) implements AutoCloseable {
        private static final Pattern CONNECTED = Pattern.compile("([-0-9]+) ([0-9:.]+)\\+0000: .*'connected'.*");

        /** When the guest last opened the agent's channel. */
        public Instant connected() throws IOException {
            Programs.await(
                    "libvirt tells that the agent is connected",
                    EVENT_TIMEOUT,
                    POLL_INTERVAL,
                    () -> lastConnected().isPresent());
            return lastConnected().orElseThrow();
        }

        private Optional<Instant> lastConnected() throws IOException {
            return Files.readAllLines(told).stream()
                    .map(CONNECTED::matcher)
                    .filter(Matcher::matches)
                    .map(line -> Instant.parse(line.group(1) + "T" + line.group(2) + "Z"))
                    .reduce((before, last) -> last);
        }

        @Override
        public void close() {
            listener.destroyForcibly();
        }
    }

    /** Ends the daemon; its domains continue. */
    public void stopDaemon() throws IOException, InterruptedException {
        script(folder, "stop", "--keep-domains").succeeded();
    }

    /** Starts it after {@link #stopDaemon}. */
    public void startDaemonAgain() throws IOException, InterruptedException {
        startDaemon(folder);
    }

    /** Ends the domains and the daemon. */
    @Override
    public void close() throws IOException {
        try {
            script(folder, "stop").succeeded();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while stopping libvirt", e);
        }
    }

    private static Checkout.Ended script(Path folder, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("script/libvirt"));
        command.addAll(List.of(arguments));
        command.addAll(List.of("--run-dir", folder.toString()));
        return Checkout.run(folder, Map.of(), command);
    }
}

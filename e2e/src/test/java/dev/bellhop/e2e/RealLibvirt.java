// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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
import org.junit.jupiter.api.Assumptions;

/** A libvirt daemon of the test's own, by {@code script/libvirt}, with domains of the small guest. */
final class RealLibvirt {
    private static final int UNAVAILABLE = 69;

    private final Path folder;
    private final String uri;

    private RealLibvirt(Path folder, String uri) {
        this.folder = folder;
        this.uri = uri;
    }

    static RealLibvirt start(Path folder) throws IOException, InterruptedException {
        Checkout.Ended image = Checkout.run(folder, Map.of(), List.of("script/guest-image"));
        assertThat(image.exitCode()).as(image.stderr()).isZero();
        return new RealLibvirt(folder, startDaemon(folder));
    }

    private static String startDaemon(Path folder) throws IOException, InterruptedException {
        Checkout.Ended ended = script(folder, "start");
        if (ended.exitCode() == UNAVAILABLE) {
            Assumptions.abort("SKIPPED because this machine cannot run a libvirt daemon: " + ended.stderr());
        }
        assertThat(ended.exitCode()).as(ended.stderr()).isZero();
        return ended.stdout().strip();
    }

    String uri() {
        return uri;
    }

    /** Defines a domain; what it runs starts with {@code start}. */
    void define(String name, String metadata, String channel) throws IOException, InterruptedException {
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
                    <cmdline>console=ttyS0 quiet panic=-1</cmdline>
                  </os>
                  <features><acpi/></features>
                  <cpu mode='maximum'/>
                  <devices>%s<memballoon model='none'/></devices>
                </domain>
                """.formatted(
                        name, metadata, image.resolve("vmlinuz"), image.resolve("initramfs.cpio.gz"), channel));
        virsh("define", xml.toString());
    }

    String virsh(String... arguments) throws IOException, InterruptedException {
        Checkout.Ended ended = run(arguments);
        assertThat(ended.exitCode()).as(ended.stderr()).isZero();
        return ended.stdout();
    }

    private Checkout.Ended run(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("virsh", "-q", "-c", uri));
        command.addAll(List.of(arguments));
        return Checkout.run(folder, Map.of("LC_ALL", "C"), command);
    }

    /** Waits until libvirt has heard that something in the guest opened the agent's channel. */
    void awaitAgent(String name) {
        await().atMost(Duration.ofMinutes(2))
                .pollInterval(Duration.ofMillis(200))
                .until(() -> virsh("dumpxml", name).contains("state='connected'"));
    }

    /** Stops the agent's process for some seconds, as if it hung; returns once it does. */
    void hangAgent(String name, int seconds) throws IOException, InterruptedException {
        virsh(
                "qemu-agent-command",
                name,
                "{\"execute\":\"guest-exec\",\"arguments\":{\"path\":\"/bin/sh\",\"arg\":[\"-c\","
                        + "\"kill -STOP $(pidof qemu-ga); sleep " + seconds + "; kill -CONT $(pidof qemu-ga)\"]}}");
        await().until(() -> run("qemu-agent-command", "--timeout", "1", name, "{\"execute\":\"guest-ping\"}")
                        .exitCode()
                != 0);
    }

    /** What another client of libvirt is told of a domain's agent from now on. */
    AgentEvents agentEvents(String name) throws IOException {
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

    record AgentEvents(Process listener, Path told) implements AutoCloseable {
        private static final Pattern CONNECTED = Pattern.compile("([-0-9]+) ([0-9:.]+)\\+0000: .*'connected'.*");

        /** When the guest opened the agent's channel last. */
        Instant connected() {
            return await().atMost(Duration.ofSeconds(10))
                    .until(this::lastConnected, Optional::isPresent)
                    .orElseThrow();
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

    /** Ends the daemon; its domains run on. */
    void stopDaemon() throws IOException, InterruptedException {
        Checkout.Ended ended = script(folder, "stop", "--keep-domains");
        assertThat(ended.exitCode()).as(ended.stderr()).isZero();
    }

    void startDaemonAgain() throws IOException, InterruptedException {
        startDaemon(folder);
    }

    /** Ends the domains and the daemon. */
    void stop() throws IOException, InterruptedException {
        Checkout.Ended ended = script(folder, "stop");
        assertThat(ended.exitCode()).as(ended.stderr()).isZero();
    }

    private static Checkout.Ended script(Path folder, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("script/libvirt"));
        command.addAll(List.of(arguments));
        command.addAll(List.of("--run-dir", folder.toString()));
        return Checkout.run(folder, Map.of(), command);
    }
}

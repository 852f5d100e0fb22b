// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.guest;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.execution.CreateExecution;
import dev.bellhop.api.v2.execution.ExecutionView;
import dev.bellhop.api.v2.vm.AvailabilityView;
import dev.bellhop.e2e.support.GuestAccess;
import dev.bellhop.e2e.support.TestBed;
import dev.bellhop.e2e.support.V1Client;
import dev.bellhop.e2e.support.VmCommands;
import dev.bellhop.testkit.GuestImage;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Commands in a guest as people have it: Debian, where systemd runs the agent and ends what is in its unit. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("real")
@Tag("vm")
class SystemdGuestTest {
    private TestBed bed;
    private VmCommands commands;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        bed = TestBed.start(folder, GuestImage.DEBIAN);
        commands = new VmCommands(bed.v2());
    }

    @AfterAll
    void stop() throws Exception {
        if (bed != null) {
            commands.close();
            bed.close();
        }
    }

    @Test
    void aCommandOutlivesARestartOfTheAgent() throws Exception {
        ExecutionView running = commands.startAndAwait(
                CreateExecution.command(
                                "echo before; while [ ! -e /tmp/go ]; do sleep 0.1; done; seq 20000; echo after; exit 5")
                        .build(),
                "before\n");

        commands.run("systemctl restart qemu-guest-agent");
        commands.run("touch /tmp/go");

        ExecutionView end = commands.awaitEnd(running.id());
        assertThat(end.state()).as("%s", end).isEqualTo("exited");
        assertThat(end.exitCode()).isEqualTo(5);
        String numbers = IntStream.rangeClosed(1, 20_000)
                .mapToObj(Integer::toString)
                .collect(joining("\n", "before\n", "\nafter\n"));
        assertThat(commands.stdout(end.id()).equals(numbers)).isTrue();
    }

    @Test
    @Tag("full")
    void stdinOutlivesARestartOfTheAgent() throws Exception {
        ExecutionView running = commands.startAndAwait(
                CreateExecution.command("echo ready; while read -r line; do echo \"<$line>\"; done; echo end")
                        .stdinFollows()
                        .build(),
                "ready\n");
        commands.write(running.id(), 0, "one\n", false);
        commands.awaitStdout(running.id(), "ready\n<one>\n");

        commands.run("systemctl restart qemu-guest-agent");
        commands.write(running.id(), 4, "two\n", true);

        ExecutionView end = commands.awaitEnd(running.id());
        assertThat(end.state()).as("%s", end).isEqualTo("exited");
        assertThat(commands.stdout(end.id())).isEqualTo("ready\n<one>\n<two>\nend\n");
    }

    @Test
    void commandsAreInAServiceOfTheirOwnThatSystemdKnows() throws Exception {
        assertThat(commands.run("cat /proc/self/cgroup")).endsWith("/system.slice/bellhop-commands.service\n");
        assertThat(commands.run("systemctl is-active bellhop-commands")).isEqualTo("active\n");
        assertThat(commands.run("systemctl show --value -p TasksMax bellhop-commands"))
                .isEqualTo("infinity\n");
        assertThat(commands.run("systemctl --failed --plain --no-legend")).isEmpty();
    }

    @Test
    void cancelLeavesNoProcess() throws Exception {
        ExecutionView running = commands.startAndAwait(
                CreateExecution.command("sleep 6001 & echo begun; sleep 6001").build(), "begun\n");
        assertThat(commands.run(count("sleep 6001"))).isNotEqualTo("0\n");

        commands.cancel(running.id(), 2);

        assertThat(commands.awaitEnd(running.id()).state()).isEqualTo("cancelled");
        assertThat(commands.run(count("sleep 6001"))).isEqualTo("0\n");
    }

    @Test
    @Tag("full")
    void aTimeoutLeavesNoProcessAlthoughTheServerIsAway() throws Exception {
        ExecutionView running = commands.startAndAwait(
                CreateExecution.command("sleep 6002 & echo begun; sleep 6002")
                        .timeoutSeconds(5)
                        .build(),
                "begun\n");

        bed.server().kill();
        try (var guest = new GuestAccess(bed.vm().sockets().agent())) {
            await().atMost(Duration.ofMinutes(1))
                    .until(() -> guest.run(count("sleep 6002")).equals("0\n"));
        }
        bed.server().startAgain();

        assertThat(commands.awaitEnd(running.id()).state()).isEqualTo("timed_out");
        assertThat(commands.stdout(running.id())).isEqualTo("begun\n");
    }

    @Test
    void aCommandHasItsUserItsFolderAndItsVariables() throws Exception {
        ExecutionView end = commands.awaitEnd(commands.start(
                        CreateExecution.command("id -un; id -Gn; pwd; echo $HOME; echo $COLOUR; cat /proc/self/cgroup")
                                .user("worker")
                                .cwd("/var/tmp")
                                .env(Map.of("COLOUR", "light green"))
                                .build())
                .id());

        assertThat(commands.stdout(end.id())).isEqualTo("""
                        worker
                        worker
                        /var/tmp
                        /home/worker
                        light green
                        0::/system.slice/bellhop-commands.service
                        """);
    }

    @Test
    void frozenFileSystemsAreTold() throws Exception {
        Path agent = bed.vm().sockets().agent();
        assertThat(RawAgent.call(agent, "guest-fsfreeze-freeze").asInt()).isPositive();

        assertThat(availability().availability()).isEqualTo("frozen");
        V1Client.Answer refused = bed.client().post(TestBed.VMID, "true");
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.body().path("message").asString()).contains("file systems are frozen");

        assertThat(RawAgent.call(agent, "guest-fsfreeze-thaw").asInt()).isPositive();
        assertThat(availability().availability()).isEqualTo("available");
        assertThat(commands.run("echo thawed")).isEqualTo("thawed\n");
    }

    @Test
    @Tag("full")
    void anAgentThatMayNotRunCommandsIsTold() throws Exception {
        String conf = "/etc/qemu/qemu-ga.conf";
        String restart = "systemctl restart qemu-guest-agent";
        commands.run(
                "systemd-run sh -c 'until [ -e /run/allow ]; do sleep 0.2; done; rm " + conf + "; " + restart + "'");
        commands.run("mkdir -p /etc/qemu && printf '[general]\\nblock-rpcs=guest-exec\\n' >" + conf);
        bed.client().post(TestBed.VMID, restart);

        await().atMost(Duration.ofMinutes(2))
                .untilAsserted(() -> assertThat(availability().availability()).isEqualTo("exec_disabled"));
        assertThat(availability().reason()).contains("not to allow guest-exec", "allow-rpcs or block-rpcs");

        bed.server().kill();
        try (var guest = new GuestAccess(bed.vm().sockets().agent())) {
            guest.touch("/run/allow");
        }
        bed.server().startAgain();
        assertThat(commands.run("echo allowed")).isEqualTo("allowed\n");
        assertThat(availability().availability()).isEqualTo("available");
    }

    @Test
    @Tag("full")
    void aResetEndsACommandAndKeepsItsOutput() throws Exception {
        ExecutionView running = commands.startAndAwait(
                CreateExecution.command("echo early; sleep 6003").build(), "early\n");

        bed.vm().reset();

        ExecutionView end = commands.awaitEnd(running.id());
        assertThat(end.state()).as("%s", end).isEqualTo("lost");
        assertThat(end.reason()).isEqualTo("guest_restarted");
        assertThat(commands.stdout(end.id())).isEqualTo("early\n");
        assertThat(commands.run("echo again")).isEqualTo("again\n");
    }

    @Test
    @Tag("full")
    void aShutdownEndsACommandAndItsResultIsKept() throws Exception {
        ExecutionView running = commands.startAndAwait(
                CreateExecution.command("echo early; sleep 6004").build(), "early\n");

        commands.start("systemctl reboot");

        ExecutionView end = commands.awaitEnd(running.id());
        assertThat(end.state()).as("%s", end).isEqualTo("exited");
        assertThat(end.signal()).isEqualTo(15);
        assertThat(commands.run("echo again")).isEqualTo("again\n");
    }

    private AvailabilityView availability() throws Exception {
        try (BellhopClient client = bed.v2()) {
            return client.vms().awaitAvailability(TestBed.VMID, null, Duration.ZERO);
        }
    }

    /** Shell text that counts the processes with these words in their command line, itself excluded. */
    private static String count(String words) {
        String pattern = words.substring(0, words.length() - 1) + "[" + words.charAt(words.length() - 1) + "]";
        return "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | grep -c '" + pattern + "'; true";
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.vm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.StubAnswer;
import dev.bellhop.api.v2.vm.AgentView;
import dev.bellhop.api.v2.vm.VmAgent;
import dev.bellhop.api.v2.vm.VmSummary;
import dev.bellhop.api.v2.vm.VmUsageView;
import dev.bellhop.cli.Cli;
import dev.bellhop.cli.RealServer;
import dev.bellhop.cli.terminal.HumanUnits;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("real")
class VmShowCommandTest {

    private static final String REASON = "Cannot use the QEMU Guest Agent because the VM is stopped";

    private final Cli cli = new Cli();

    @TempDir
    private Path folder;

    @AfterEach
    void close() {
        cli.close();
    }

    private void answers(VmSummary vm, VmUsageView usage, AgentView agent) {
        String path = "/api/v2/vps/" + vm.vmid();
        cli.server.on("GET", path, StubAnswer.json(200, vm));
        cli.server.on("GET", path + "/status", StubAnswer.json(200, usage));
        cli.server.on("GET", path + "/agent", StubAnswer.json(200, agent));
    }

    @Test
    void showsAllThatIsKnown() {
        answers(
                new VmSummary(
                        7,
                        "running",
                        "0c5d2e9f7a41",
                        93_600L,
                        new VmAgent(true, "available", null, null, "8.2.2"),
                        null,
                        null),
                new VmUsageView(
                        7,
                        "running",
                        true,
                        93_600L,
                        4242L,
                        2,
                        1234.56,
                        2L << 30,
                        1_288_490_188L,
                        List.of(new VmUsageView.Disk("virtio0", 10L << 30, 123_456_789L, 512L)),
                        List.of(new VmUsageView.Network("tap7", 2048L, null))),
                new AgentView(
                        true,
                        null,
                        true,
                        Cli.NOW,
                        "8.2.2",
                        List.of("guest-exec"),
                        List.of("guest-get-users"),
                        new AgentView.Os("debian", null, "Debian\u001b[2J 13", null, null, "x86_64", "6.12", null),
                        "shop-1",
                        List.of(new AgentView.Interface(
                                "eth0",
                                "52:54:00:12:34:56",
                                List.of(
                                        new AgentView.Address("192.0.2.7", 24),
                                        new AgentView.Address("2001:db8::7", null)))),
                        List.of(
                                new AgentView.FileSystem("/", "vda1", "ext4", 3L << 30, 10L << 30),
                                new AgentView.FileSystem("/x", null, null, null, null)),
                        List.of(
                                new AgentView.User("ann", null, Instant.parse("2026-01-31T08:12:45.120Z")),
                                new AgentView.User("bob", "CORP", null)),
                        new AgentView.TimeZone("CET", 3600),
                        new AgentView.Load(0.075, 0.5, 1),
                        new AgentView.Count(4, 2),
                        new AgentView.Memory(1 << 27, 16, 16),
                        -3600.251,
                        List.of(new AgentView.NotTold("users", "blocked", "the guest agent has been told not to")),
                        List.of("interfaces", "addresses")));

        Cli.Run run = cli.run("vm", "show", "7");

        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).isEqualTo("""
                VM           7
                Status       running, up 1d 2h
                Account      0c5d2e9f7a41
                Process      4242
                CPU          2 processors, 1234.6 s used
                Memory       2.0 GiB, 1.2 GiB resident on the node
                Disk         virtio0: 10.0 GiB, 117.7 MiB read, 512 B written
                Network      tap7: 2.0 KiB received
                Agent        available, version 8.2.2
                Host name    shop-1
                OS           Debian<U+001B>[2J 13, kernel 6.12, x86_64
                Time zone    CET, UTC+01:00
                Clock        3600.3 s behind the host's
                Load         0.08 0.50 1.00 (1, 5, 15 minutes)
                Interface    eth0 192.0.2.7/24 2001:db8::7 (52:54:00:12:34:56)
                File system  /: 3.0 GiB of 10.0 GiB (30 %), ext4, vda1
                File system  /x
                User         ann, since 2026-01-31T08:12:45.120Z
                User         CORP/bob
                Blocked      guest-get-users
                Not told     users: the guest agent has been told not to
                Cut          there are more interfaces, addresses
                """);
    }

    @Test
    void aVmThatIsOffHasItsReasonAndNothingElse() {
        answers(
                new VmSummary(
                        7,
                        "stopped",
                        null,
                        null,
                        new VmAgent(false, "vm_stopped", REASON, Cli.NOW.minusSeconds(3_720), null),
                        null,
                        null),
                new VmUsageView(7, "stopped", false, null, null, null, null, null, null, null, null),
                AgentView.silent(REASON, false));

        assertThat(cli.run("vm", "show", "7").out()).isEqualTo("""
                VM      7
                Status  stopped
                Agent   unavailable for 1h 2m
                Reason  %s
                """.formatted(REASON));
        assertThat(cli.run("vm", "show", "7", "--output", "json").out())
                .isEqualToIgnoringWhitespace("""
                {"vm": {"vmid": 7, "status": "stopped", "agent": {"available": false, "availability": "vm_stopped", "reason": "%s", "since": "2026-01-31T10:58:00.000Z"}},
                 "usage": {"vmid": 7, "status": "stopped", "vmRunning": false},
                 "agent": {"available": false, "reason": "%s", "vmRunning": false}}
                """.formatted(REASON, REASON));
    }

    @Test
    void aVmThatIsNotThereIsFailure() {
        cli.server.on(
                "GET",
                "/api/v2/vps/9/agent",
                request -> StubAnswer.problem(404, "not_found", "Cannot find VM 9", request.target(), null));

        Cli.Run run = cli.run("vm", "show", "9");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).startsWith("bellhop: Cannot find VM 9");
    }

    @Test
    void aRealGuestIsShown() throws Exception {
        try (RealServer real = RealServer.start(folder)) {
            Cli.Run run = real.run("vm", "show", "1");

            assertThat(run.err()).isEmpty();
            assertThat(run.out()).contains("Agent", "available, version", "Interface", "127.0.0.1/8", "Load");
            assertThat(real.run("vm", "list").out()).contains("ADDRESSES");
        }
    }

    @Test
    void amountsAreInUnitsThatPeopleRead() {
        assertThat(List.of(0L, 1023L, 1024L, 1536L, (1L << 20) - 1, 1L << 40, Long.MAX_VALUE))
                .extracting(HumanUnits::bytes)
                .containsExactly("0 B", "1023 B", "1.0 KiB", "1.5 KiB", "1.0 MiB", "1.0 TiB", "8.0 EiB");
        assertThat(List.of(0L, 59L, 61L, 3_720L, 93_600L))
                .extracting(HumanUnits::time)
                .containsExactly("0s", "59s", "1m 1s", "1h 2m", "1d 2h");
    }
}

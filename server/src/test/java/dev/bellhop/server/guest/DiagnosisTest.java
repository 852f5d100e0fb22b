// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.bellhop.qga.AgentTimeoutException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.qga.client.AgentClient;
import dev.bellhop.server.vm.AgentChannel;
import dev.bellhop.server.vm.PowerState;
import dev.bellhop.testkit.FakeAgent;
import dev.bellhop.testkit.RealAgent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Each state of an agent and its VM is recognised, and taken for no other. */
@Timeout(60)
@Tag("real")
class DiagnosisTest {
    private static final Duration TIMEOUT = Duration.ofMillis(500);
    private static final Duration LONG_AGO = Duration.ofHours(1);
    private static final Duration LATELY = Duration.ofSeconds(20);

    private static final String EXEC_OFF = "{\"version\": \"8.2.0\", \"supported_commands\": ["
            + "{\"name\": \"guest-exec\", \"enabled\": false, \"success-response\": true},"
            + "{\"name\": \"guest-fsfreeze-status\", \"enabled\": true, \"success-response\": true},"
            + "{\"name\": \"guest-get-osinfo\", \"enabled\": true, \"success-response\": true}]}";

    @TempDir
    private Path folder;

    private Path socket;
    private StubVm vm;

    @BeforeEach
    void vm() {
        socket = folder.resolve("qga.sock");
        vm = new StubVm(socket);
    }

    @AfterEach
    void end() {
        vm.close();
    }

    private static Deadline soon() {
        return Deadline.after(Duration.ofSeconds(30));
    }

    private AgentReport look() {
        return new Diagnosis(vm, Availability.UNKNOWN).look(TIMEOUT, TIMEOUT);
    }

    private void assertFound(Availability expected, String... words) {
        AgentReport report = look();
        assertThat(report.availability()).as(report.message()).isEqualTo(expected);
        for (String word : words) {
            assertThat(report.message()).contains(word);
        }
    }

    @Test
    void available() {
        try (RealAgent agent = RealAgent.start(folder)) {
            AgentReport report = look();
            assertThat(report.availability()).as(report.message()).isEqualTo(Availability.AVAILABLE);
            assertThat(report.message()).isEqualTo("QEMU Guest Agent is available");
            assertThat(report.version()).isNotEmpty();
            assertThat(agent.isAlive()).isTrue();
        }
    }

    /** A VM that does not run is not asked through its agent, which would be silent, or be there for another reason. */
    @Test
    void theVmDoesNotRun() {
        vm.is(PowerState.STOPPED);
        assertFound(Availability.VM_STOPPED, "the VM is stopped");
        vm.is(PowerState.PAUSED).channel(AgentChannel.CLOSED);
        assertFound(Availability.VM_PAUSED, "the VM is paused");
        vm.is(PowerState.STARTING);
        assertFound(Availability.STARTING, "the VM is starting");
        vm.is(PowerState.STOPPING).channel(AgentChannel.UNKNOWN);
        assertFound(Availability.VM_STOPPING, "shutting down");
    }

    @Test
    void aVmThatShutsDownMayStillRunCommands() {
        try (RealAgent _ = RealAgent.start(folder)) {
            vm.is(PowerState.STOPPING);
            assertFound(Availability.AVAILABLE);
        }
    }

    @Test
    void nothingInTheGuestHasTheChannelOpen() {
        try (FakeAgent agent = FakeAgent.start(socket)) {
            vm.runsFor(LATELY).channel(AgentChannel.CLOSED);
            assertFound(Availability.STARTING, "not up yet");
            vm.runsFor(LONG_AGO);
            assertFound(Availability.SILENT, "nothing there has its channel open");
            assertThat(agent.connections()).as("it is not asked").isZero();
        }
    }

    @Test
    void anAgentThatEndedWhileSomebodyWasConnected() throws Exception {
        try (FakeAgent agent = FakeAgent.start(socket)) {
            agent.on("guest-info", (request, wire) -> {});
            vm.runsFor(LONG_AGO).channel(AgentChannel.OPEN);
            // Long enough to connect to it on a busy machine.
            AgentTimeoutException late = catchThrowableOfType(
                    AgentTimeoutException.class, () -> vm.agent().info(Deadline.after(Duration.ofMillis(1500))));
            assertThat(late.stage()).isEqualTo(AgentTimeoutException.Stage.REPLY);
            vm.channel(AgentChannel.CLOSED);
            AgentReport found = new Diagnosis(vm, Availability.AVAILABLE).explain(late);
            assertThat(found.availability()).isEqualTo(Availability.SILENT);
            assertThat(found.message()).contains("nothing there has its channel open");
        }
    }

    @Test
    void anAgentThatHangs() throws Exception {
        try (RealAgent agent = RealAgent.start(folder)) {
            vm.runsFor(LONG_AGO).channel(AgentChannel.OPEN);
            agent.stop();
            AgentReport never = look();
            assertThat(never.availability()).isEqualTo(Availability.SILENT);
            assertThat(never.message()).contains("does not answer").doesNotContain("last");
            vm.runsFor(LATELY);
            assertFound(Availability.STARTING);

            agent.cont();
            vm.agent().ping(soon());
            Instant answered = vm.agent().lastAnswered().orElseThrow();
            agent.stop();
            assertFound(
                    Availability.SILENT,
                    // Whether it has taken the request depends on how soon the channel is let go.
                    "the guest agent",
                    "answered last at " + answered.truncatedTo(ChronoUnit.SECONDS));
            agent.cont();
            assertFound(Availability.AVAILABLE);
        }
    }

    @Test
    void anotherProgramHasTheChannel() throws Exception {
        try (RealAgent agent = RealAgent.start(folder)) {
            vm.runsFor(LATELY).channel(AgentChannel.OPEN);
            try (GuestAgent other = AgentClient.onUnixSocket(agent.socket(), GuestAgentOptions.defaults())) {
                other.ping(soon());
                assertFound(Availability.CHANNEL_TAKEN, "another program");
            }
            assertFound(Availability.AVAILABLE);
        }
    }

    @Test
    void commandsAreDisabledInTheGuest() {
        try (RealAgent _ = RealAgent.start(folder, "-b", "guest-exec,guest-exec-status")) {
            assertFound(Availability.EXEC_DISABLED, "told not to allow guest-exec");
            assertThat(look().version()).isNotEmpty();
        }
    }

    @Test
    void anAgentThatTellsNothingOfItselfIsAskedToRunNothing() {
        try (RealAgent _ = RealAgent.start(folder, "-b", "guest-info")) {
            assertFound(Availability.AVAILABLE);
        }
    }

    @Test
    void norDoesOneThatRunsNothing() {
        try (RealAgent _ = RealAgent.start(folder, "-b", "guest-info,guest-exec")) {
            assertFound(Availability.EXEC_DISABLED, "guest-exec");
        }
    }

    @Test
    void norDoesOneThatRefusesForAnotherReason() {
        try (FakeAgent agent = FakeAgent.start(socket)) {
            agent.on("guest-info", (request, wire) -> wire.error("GenericError", "not now"));
            agent.on("guest-exec", (request, wire) -> wire.error("GenericError", "no path"));
            agent.on("guest-exec-status", (request, wire) -> wire.error("GenericError", "no such process"));
            AgentReport found = look();
            assertThat(found.availability()).isEqualTo(Availability.AVAILABLE);
            assertThat(found.message()).isEqualTo("QEMU Guest Agent is available");
        }
    }

    @Test
    void theDistributionSaysWhatToChange() {
        try (FakeAgent agent = FakeAgent.start(socket)) {
            agent.on("guest-info", (request, wire) -> wire.reply(EXEC_OFF));
            agent.on("guest-fsfreeze-status", (request, wire) -> wire.reply("\"thawed\""));
            agent.on("guest-get-osinfo", (request, wire) -> wire.reply("{\"id\": \"rocky\", \"version-id\": \"9.5\"}"));
            assertFound(Availability.EXEC_DISABLED, "FILTER_RPC_ARGS=", "/etc/sysconfig/qemu-ga");
            agent.on("guest-get-osinfo", (request, wire) -> wire.reply("{\"id\": \"centos\", \"version-id\": \"7\"}"));
            assertFound(Availability.EXEC_DISABLED, "the line BLACKLIST_RPC= in");
            agent.on("guest-get-osinfo", (request, wire) -> wire.reply("{\"id\": \"opensuse-tumbleweed\"}"));
            assertFound(Availability.EXEC_DISABLED, "put the line FILTER_RPC_ARGS=");
            agent.on("guest-get-osinfo", (request, wire) -> wire.reply("{\"id\": \"debian\"}"));
            assertFound(Availability.EXEC_DISABLED, "block-rpcs");
            agent.on("guest-get-osinfo", (request, wire) -> wire.error("GenericError", "no"));
            assertFound(Availability.EXEC_DISABLED, "block-rpcs");
        }
    }

    @Test
    void fileSystemsAreFrozen() {
        try (FakeAgent agent = FakeAgent.start(socket)) {
            agent.on("guest-info", (request, wire) -> wire.reply(EXEC_OFF));
            agent.on("guest-fsfreeze-status", (request, wire) -> wire.reply("\"frozen\""));
            assertFound(Availability.FROZEN, "frozen");
            assertThat(look().version()).isEqualTo("8.2.0");
        }
    }

    @Test
    void theAgentIsTooOld() {
        try (FakeAgent _ = FakeAgent.start(socket)) {
            assertFound(Availability.EXEC_MISSING, "too old to know guest-exec");
        }
    }

    @Test
    void theAgentTalksNonsense() {
        try (FakeAgent agent = FakeAgent.start(socket)) {
            agent.on("guest-info", (request, wire) -> wire.reply("7"));
            assertFound(Availability.GARBLED, "not a valid reply");
        }
    }

    @Test
    void thereIsNoChannel() {
        vm.channel(AgentChannel.NOT_CONFIGURED);
        assertFound(Availability.NO_CHANNEL, "no channel");
        vm.channel(AgentChannel.UNKNOWN);
        assertFound(Availability.NO_CHANNEL, "does not exist");
    }

    @Test
    void theSocketCannotBeUsed() throws Exception {
        vm.channel(AgentChannel.OPEN);
        assertFound(Availability.SOCKET_UNUSABLE, "does not exist any more");
        try (FakeAgent _ = FakeAgent.start(socket)) {
            vm.channel(AgentChannel.UNKNOWN);
            Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("---------"));
            Assumptions.assumeFalse(Files.isWritable(socket), "SKIPPED because root may use any socket");
            assertFound(Availability.SOCKET_UNUSABLE, "check the socket's owner and mode");
        }
    }

    @Test
    void theHypervisorDoesNotAnswerEither() {
        try (RealAgent agent = RealAgent.start(folder)) {
            vm.is(PowerState.UNKNOWN);
            assertFound(Availability.AVAILABLE);
            agent.stop();
            assertFound(Availability.HYPERVISOR_UNREACHABLE, "neither does the hypervisor");
            agent.cont();
        }
    }

    @Test
    void theServerStops() {
        vm.agent().close();
        assertFound(Availability.UNKNOWN, "the server is shutting down");
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.qga.AgentInfo;
import dev.bellhop.qga.GuestAddress;
import dev.bellhop.qga.GuestCount;
import dev.bellhop.qga.GuestFileSystem;
import dev.bellhop.qga.GuestInterface;
import dev.bellhop.qga.GuestList;
import dev.bellhop.qga.GuestLoad;
import dev.bellhop.qga.GuestTimeZone;
import dev.bellhop.qga.GuestUser;
import dev.bellhop.qga.OsInfo;
import dev.bellhop.server.cluster.WireCodec;
import dev.bellhop.server.execution.Approval;
import dev.bellhop.server.execution.CommandLine;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionMode;
import dev.bellhop.server.execution.ExecutionSpec;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.ExitStatus;
import dev.bellhop.server.execution.LoginSession;
import dev.bellhop.server.execution.OpenFiles;
import dev.bellhop.server.execution.OutputSize;
import dev.bellhop.server.execution.Reason;
import dev.bellhop.server.execution.SavedCommandVersion;
import dev.bellhop.server.execution.StartIntent;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.execution.store.ExecutionJournal.Unfinished;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.guest.AgentReport;
import dev.bellhop.server.guest.Availability;
import dev.bellhop.server.guest.Fact;
import dev.bellhop.server.guest.GuestMemory;
import dev.bellhop.server.guest.GuestReport;
import dev.bellhop.server.guest.MissingFact;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.PowerState;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmName;
import dev.bellhop.server.vm.VmState;
import dev.bellhop.server.vm.VmUsage;
import dev.bellhop.server.vms.AgentCheck;
import dev.bellhop.server.vms.GuestAnswer;
import dev.bellhop.server.vms.VmOverview;
import dev.bellhop.server.vms.VmUsageNow;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is sent arrives as it was. */
@Tag("cluster")
class MessagesTest {
    private static final Instant NOW = TestExecutions.STARTED;
    private static final VmState STATE = new VmState(PowerState.RUNNING, 4711L, Duration.ofMillis(123_456), null);

    static Stream<Execution> executions() {
        Execution pending = TestExecutions.pending(7);
        ExecutionSpec rich = new ExecutionSpec(
                new CommandLine.Argv(List.of("/bin/echo", "ä")),
                "0123456789ab",
                Tenant.account("ba9876543210"),
                Map.of("a", "b"),
                Duration.ofSeconds(3),
                Map.of("TOKEN", "hidden"),
                new SavedCommandVersion("deploy", 3, NOW));
        Execution approved = Execution.pending(pending.id(), new VmId(8), rich, TestExecutions.CREATED)
                .withApproval(Approval.until(NOW).given(NOW, "0123456789ab", "digest"));
        Execution running = TestExecutions.started(approved, 99);
        return Stream.of(
                pending,
                approved,
                running,
                TestExecutions.exited(running, new ExitStatus(137, 9), new OutputSize(10, 5, true, 100L, null)),
                TestExecutions.exited(running, new ExitStatus(null, null), OutputSize.NONE),
                TestExecutions.ended(pending, ExecutionState.REJECTED, Reason.DELIVERY_TIMEOUT));
    }

    @ParameterizedTest
    @MethodSource("executions")
    void anExecutionArrivesAsItWas(Execution execution) {
        WireExecution sent = WireExecution.of(execution);

        assertThat(WireCodec.decode(WireCodec.encode(sent), WireExecution.class).execution())
                .isEqualTo(execution);
    }

    @Test
    void ofALongCommandTheBeginningIsSentAndCalledSo() {
        Execution execution = Execution.pending(
                TestExecutions.pending(7).id(),
                new VmId(7),
                TestExecutions.spec("x".repeat(10_000), "0123456789ab"),
                NOW);

        Execution arrived =
                roundTrip(WireExecution.of(execution), WireExecution.class).execution();

        assertThat(arrived).isEqualTo(execution.shortened());
        assertThat(arrived.hasMore()).isTrue();
    }

    @Test
    void whatIsUnfinishedArrivesWithAllThatItTakesToTakeItUp() {
        Unfinished left = new Unfinished(
                TestExecutions.running(7, 99),
                12,
                new StartOptions(Map.of(), null, null, null, true, Duration.ofSeconds(60), false),
                new StartIntent(ExecutionMode.SUPERVISED, NOW, "/run/spool", new UUID(1, 2)),
                Duration.ofSeconds(5),
                new OpenFiles(1000L, null));

        assertThat(roundTrip(WireUnfinished.of(left), WireUnfinished.class).unfinished())
                .isEqualTo(left);
    }

    @Test
    void startContentArrivesWhole() {
        StartOptions options = new StartOptions(
                Map.of("A", "b"),
                "/tmp",
                "nobody",
                new byte[] {0, 1, (byte) 255},
                true,
                Duration.ofSeconds(9),
                true,
                Map.of("p", "q"),
                "salt",
                new LoginSession(true, "192.0.2.1 50000 22", "192.0.2.1 50000 192.0.2.2 22"));
        WireCommand command = WireCommand.of(new CommandLine.Script("echo", "/bin/bash"));

        StartContent arrived = roundTrip(StartContent.of(command, options), StartContent.class);

        assertThat(arrived.command().command()).isEqualTo(new CommandLine.Script("echo", "/bin/bash"));
        assertThat(arrived.options()).usingRecursiveComparison().isEqualTo(options);
    }

    /** As the release before sends it. */
    private record EarlierContent(
            WireCommand command,
            Map<String, String> env,
            boolean stdinFollows,
            Duration deliveryTimeout,
            boolean callerWaits) {}

    @Test
    void aStartOfAnEarlierServerHasNoSession() {
        EarlierContent sent = new EarlierContent(
                WireCommand.of(CommandLine.script("echo")), Map.of("A", "b"), false, Duration.ZERO, true);

        StartOptions read =
                WireCodec.decode(WireCodec.encode(sent), StartContent.class).options();

        assertThat(read.login()).isNull();
        assertThat(read.env()).isEqualTo(Map.of("A", "b"));
    }

    @Test
    void whatAGuestToldArrives() {
        GuestReport report = new GuestReport(
                new AgentInfo("10.0.13", Map.of("guest-exec", true, "guest-ping", false)),
                new OsInfo("debian", "Debian", "Debian 13", "13", "13", "x86_64", "6.12", "#1"),
                "host",
                new GuestTimeZone("CET", ZoneOffset.ofHours(1)),
                new GuestLoad(0.5, 1, 2),
                new GuestCount(4, 2),
                new GuestMemory(1 << 27, new GuestCount(16, 16)),
                Duration.ofMillis(-1500),
                new GuestList<>(List.of(new GuestUser("root", null, NOW)), false),
                new GuestList<>(
                        List.of(new GuestInterface(
                                "eth0",
                                "52:54:00:12:34:56",
                                new GuestList<>(List.of(new GuestAddress("10.0.0.7", 24)), true))),
                        false),
                new GuestList<>(List.of(new GuestFileSystem("/", "vda1", "ext4", 1L, null)), false),
                Map.of(Fact.LOAD, new MissingFact(MissingFact.Why.BLOCKED, "it does not allow it")));
        GuestAnswer answer = new GuestAnswer(true, "there", true, report, NOW);

        assertThat(roundTrip(answer, GuestAnswer.class)).isEqualTo(answer);
    }

    @Test
    void whatIsKnownOfVmsArrives() {
        AgentCheck check = new AgentCheck(new AgentReport(Availability.SILENT, "it is silent", null, STATE), NOW, null);
        NodeOrder.Overviews overviews = new NodeOrder.Overviews(List.of(
                new VmOverview(new VmId(7), new VmName("web"), STATE, check, "Debian", List.of("10.0.0.7")),
                new VmOverview(new VmId(8), null, VmState.unknown("it hangs"), null, null, List.of())));
        VmUsageNow usage = new VmUsageNow(
                STATE,
                new VmUsage(
                        2,
                        Duration.ofMillis(17),
                        1L << 30,
                        null,
                        List.of(new VmUsage.Disk("vda", 1L, null, 3L)),
                        List.of(new VmUsage.Network("net0", 4L, 5L))));

        assertThat(roundTrip(overviews, NodeOrder.Overviews.class)).isEqualTo(overviews);
        assertThat(roundTrip(usage, VmUsageNow.class)).isEqualTo(usage);
        assertThat(roundTrip(check, AgentCheck.class)).isEqualTo(check);
    }

    @Test
    void aRefusalIsThrownAsTheOtherSideHadIt() {
        Answer sent = Answer.refused(new BellhopException(ErrorCode.TOO_MANY_EXECUTIONS, "Cannot: too many", 10));

        Answer arrived = roundTrip(sent, Answer.class);

        assertThatThrownBy(arrived::requireDone).isInstanceOfSatisfying(BellhopException.class, refused -> {
            assertThat(refused.code()).isEqualTo(ErrorCode.TOO_MANY_EXECUTIONS);
            assertThat(refused).hasMessage("Cannot: too many");
            assertThat(refused.limit()).hasValue(10);
        });
    }

    @Test
    void aFencedOrBusyAnswerIsNoSuccess() {
        assertThatThrownBy(() -> roundTrip(Answer.FENCED, Answer.class).requireDone())
                .isInstanceOf(FencedException.class);
        assertThatThrownBy(() -> roundTrip(Answer.BUSY, Answer.class).requireDone())
                .isInstanceOfSatisfying(
                        BellhopException.class, busy -> assertThat(busy.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE));
    }

    @Test
    void aCodeOfALaterReleaseIsAFailureAllTheSame() {
        Answer later =
                new Answer(Answer.Status.REFUSED, "NOT_INVENTED_YET", "Cannot do this", null, null, null, null, null);

        assertThatThrownBy(later::requireDone)
                .isInstanceOfSatisfying(
                        BellhopException.class,
                        failure -> assertThat(failure.code()).isEqualTo(ErrorCode.INTERNAL_ERROR));
    }

    private static <T extends Record> T roundTrip(T message, Class<T> type) {
        return WireCodec.decode(WireCodec.encode(message), type);
    }
}

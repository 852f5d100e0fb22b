// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.qga.ExecStatus;
import dev.bellhop.server.execution.FakeVm;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.stream.FakeStream;
import dev.bellhop.server.stream.GuestStreams;
import dev.bellhop.server.stream.PortedVm;
import dev.bellhop.server.stream.StreamException;
import dev.bellhop.testkit.FakeAgent;
import dev.bellhop.testkit.RealAgent;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** When a short script is run over a stream, when it is left to the agent, and what is told of its end. */
@Timeout(60)
@Tag("real")
class StreamedScriptsTest {
    private static final ExecCommand SCRIPT = ExecCommand.of("/bin/sh", "-c", "echo ü");

    @TempDir
    private Path folder;

    private final FakeStream stream = new FakeStream();
    private final StreamReadiness readiness = new StreamReadiness();
    private final StreamedScripts scripts = new StreamedScripts(FakeVm.ID, stream, readiness);
    private FakeAgent agent;
    private FakeVm vm;

    @BeforeEach
    void start() {
        agent = FakeAgent.start(folder.resolve("a.sock"));
        agent.on("guest-fsfreeze-status", (request, wire) -> wire.reply("\"thawed\""));
        vm = new FakeVm(agent.socket());
    }

    @AfterEach
    void stop() {
        vm.close();
        agent.close();
    }

    private Optional<ExecStatus> run() throws Exception {
        return scripts.run(vm.agent(), SCRIPT, () -> {}, Deadline.after(Duration.ofSeconds(20)));
    }

    private void assertLeftToTheAgent() throws Exception {
        assertThat(run()).isEmpty();
        assertThat(stream.leases).hasValue(0);
    }

    @Test
    void itsEndIsToldWithWhatItSaid() throws Exception {
        Thread.startVirtualThread(() -> stream.begun().end("out", "err", 3));
        ExecStatus status = run().orElseThrow();
        assertThat(status.exitCode()).isEqualTo(3);
        assertThat(status.stdout()).asString().isEqualTo("out");
        assertThat(status.stderr()).asString().isEqualTo("err");
        var command = stream.commands.getFirst();
        assertThat(command.argv().stream().map(word -> new String(word, StandardCharsets.UTF_8)))
                .containsExactly("/bin/sh", "-c", "echo ü");
        assertThat(command.detached()).as("what it leaves running lives on").isNotNull();
        assertThat(stream.leases).hasValue(0);
        assertThat(stream.counted).as("it is no command").hasValue(0);
    }

    @Test
    void withoutAStreamItIsLeftToTheAgent() throws Exception {
        stream.isOpen = false;
        assertLeftToTheAgent();
    }

    @Test
    void nothingIsSentToAGuestThatDoesNotAnswer() throws Exception {
        stream.heardAgo = Duration.ofSeconds(1);
        stream.answers = false;
        assertLeftToTheAgent();
        assertThat(stream.commands).isEmpty();
    }

    @Test
    void nothingIsSentWhileFileSystemsAreBeingFrozen() throws Exception {
        Runnable afterwards = readiness.freezing();
        assertLeftToTheAgent();
        assertThat(stream.commands).isEmpty();
        afterwards.run();
    }

    @ParameterizedTest
    @EnumSource(
            value = StreamException.Kind.class,
            names = {"REFUSED", "TOO_MANY"})
    void whatIsCertainlyNotStartedIsLeftToTheAgent(StreamException.Kind kind) throws Exception {
        stream.fails(kind);
        assertLeftToTheAgent();
    }

    @ParameterizedTest
    @EnumSource(
            value = StreamException.Kind.class,
            names = {"LATE", "LOST"})
    void whatMayHaveBeenStartedIsNotStartedAgain(StreamException.Kind kind) {
        stream.fails(kind);
        assertLost();
    }

    @Test
    void aStreamThatIsLostBeforeTheEndLeavesItUnknown() {
        Thread.startVirtualThread(() -> stream.begun().lose());
        assertLost();
    }

    @Test
    void whoeverSaysTooMuchIsNotListenedTo() {
        Thread.startVirtualThread(() -> stream.begun().end("x".repeat(17 << 20), "", 0));
        assertLost();
        assertThat(stream.processes.getFirst().isClosed).isTrue();
    }

    private void assertLost() {
        assertThatThrownBy(this::run).isInstanceOf(ScriptLostException.class);
        assertThat(stream.leases).hasValue(0);
    }

    @Test
    void oneThatDoesNotEndInTimeLeavesItUnknown() {
        assertThatThrownBy(() -> scripts.run(vm.agent(), SCRIPT, () -> {}, Deadline.after(Duration.ofMillis(300))))
                .isInstanceOf(ScriptLostException.class);
        assertThat(stream.processes.getFirst().isClosed).isTrue();
        assertThat(stream.leases).hasValue(0);
    }

    /** Whoever reads one output to its end first waits for ever for a script that waits for room in the other. */
    @Test
    void muchOnStderrHoldsNothingUp() throws Exception {
        try (RealAgent real = RealAgent.start(Files.createDirectory(folder.resolve("r")));
                PortedVm guest = new PortedVm(real.socket(), folder);
                GuestStreams streams =
                        new GuestStreams(new VmDirectory(List.of(guest)), folder, new SimpleMeterRegistry())) {
            streams.acquire(PortedVm.ID, Deadline.after(Duration.ofSeconds(20))).close();
            ExecStatus status = new StreamedScripts(PortedVm.ID, streams, readiness)
                    .run(
                            guest.agent(),
                            ExecCommand.of("/bin/sh", "-c", "head -c 1000000 /dev/zero >&2; echo ok"),
                            () -> {},
                            Deadline.after(Duration.ofSeconds(20)))
                    .orElseThrow();
            assertThat(status.stdout()).asString().isEqualTo("ok\n");
            assertThat(status.stderr()).hasSize(64 << 10);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.RpcDisabledException;
import dev.bellhop.server.execution.ExecutionIds;
import dev.bellhop.server.execution.FakeVm;
import dev.bellhop.server.execution.follow.SupervisedProcessFixture;
import dev.bellhop.server.execution.script.Supervisors;
import dev.bellhop.server.execution.store.MemoryStore;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.stream.OpenStreams;
import dev.bellhop.testkit.FakeAgent;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** For how long it is believed what a guest can do. */
@Timeout(60)
class CapabilityProbeTest {
    private static final Pattern PROBE = Pattern.compile(": run ([0-9a-f-]{36})");
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final List<String> FILE_CALLS =
            List.of("guest-file-open", "guest-file-read", "guest-file-seek", "guest-file-close");

    @TempDir
    private Path folder;

    private final AtomicLong now = new AtomicLong();
    private final ExecutionIds ids = new ExecutionIds(Clock.systemUTC());
    private FakeAgent agent;
    private FakeVm vm;
    private CapabilityProbe capabilities;

    @BeforeEach
    void start() {
        agent = FakeAgent.start(folder.resolve("qga.sock"));
        vm = new FakeVm(agent.socket());
        capabilities = capabilities(true);
    }

    private CapabilityProbe capabilities(boolean supervises) {
        var supervisors = new Supervisors(GuestSettings.defaults().spool());
        var scripts = new GuestScripts(
                new GuestProcesses(new StreamedProcesses(FakeVm.ID, OpenStreams.NONE, new StreamReadiness())),
                supervisors,
                ids);
        var directory = new VmDirectory(List.of(vm));
        var cleaner = new SpoolCleaner(
                FakeVm.ID, directory, supervisors, new MemoryStore(), scripts, Duration.ZERO, () -> false);
        return new CapabilityProbe(
                supervises, supervisors.usual(), ids, scripts, cleaner, new PollDelayEstimate(), now::get);
    }

    @AfterEach
    void stop() {
        vm.close();
        agent.close();
    }

    @Test
    void whileNothingMayBeRunNothingIsLearned() throws Exception {
        can(false, FILE_CALLS);
        assertThat(abilityAfter(SECOND))
                .as("whoever starts something hears why not")
                .isEqualTo(CapabilityProbe.Capability.SUPERVISED);
        assertThat(abilityAfter(SECOND)).isEqualTo(CapabilityProbe.Capability.SUPERVISED);
        assertThat(timesAsked()).isEqualTo(2);

        can(true, List.of());

        assertThat(abilityAfter(SECOND)).isEqualTo(CapabilityProbe.Capability.DIRECT);
    }

    @Test
    void whatCameOfAFailureIsDoubtedSoon() throws Exception {
        can(true, FILE_CALLS);
        agent.on("guest-exec", (request, wire) -> wire.error("GenericError", "Failed to execute child process"));

        assertThat(abilityAfter(SECOND)).isEqualTo(CapabilityProbe.Capability.DIRECT);
        assertThat(abilityAfter(MINUTE.minus(SECOND))).isEqualTo(CapabilityProbe.Capability.DIRECT);
        assertThat(timesAsked()).isEqualTo(1);
        assertThat(abilityAfter(SECOND)).isEqualTo(CapabilityProbe.Capability.DIRECT);
        assertThat(timesAsked()).isEqualTo(2);
    }

    @Test
    void anAgentRestartedMeanwhileTellsNothingOfItsGuest() throws Exception {
        can(true, FILE_CALLS);
        var probes = new ArrayList<String>();
        agent.on("guest-exec", (request, wire) -> {
            Matcher probe = PROBE.matcher(request.arguments());
            assertThat(probe.find()).isTrue();
            probes.add(probe.group(1));
            wire.reply("{\"pid\": 5}");
        });
        agent.on("guest-exec-status", (request, wire) -> {
            switch (probes.size()) {
                case 1 -> SupervisedProcessFixture.UNKNOWN.answer(request, wire);
                // Killed with its agent.
                case 2 -> wire.reply("{\"exited\": true, \"signal\": 9}");
                default ->
                    wire.reply("{\"exited\": true, \"exitcode\": 0, \"err-data\": \""
                            + SupervisedProcessFixture.base64("bellhop " + probes.getLast() + " exited 0 0 0\n")
                            + "\"}");
            }
        });

        assertThat(abilityAfter(SECOND)).isEqualTo(CapabilityProbe.Capability.SUPERVISED);
        assertThat(probes).hasSize(3);
    }

    @Test
    void callsThatAreMissingAreNotLookedForEveryMinute() throws Exception {
        can(true, FILE_CALLS.subList(1, 4));

        assertThat(abilityAfter(SECOND)).isEqualTo(CapabilityProbe.Capability.DIRECT);
        assertThat(abilityAfter(MINUTE.multipliedBy(9))).isEqualTo(CapabilityProbe.Capability.DIRECT);
        assertThat(timesAsked()).isEqualTo(1);
        assertThat(abilityAfter(MINUTE)).isEqualTo(CapabilityProbe.Capability.DIRECT);
        assertThat(timesAsked()).isEqualTo(2);
    }

    @Test
    void whetherItIsAWindowsIsAskedOnceInTenMinutes() throws Exception {
        can(true, List.of("guest-get-osinfo"));
        agent.on("guest-get-osinfo", (request, wire) -> wire.reply("{\"id\": \"mswindows\"}"));

        assertThat(isWindows(capabilities)).isTrue();
        assertThat(isWindows(capabilities)).isTrue();
        assertThat(capabilities.find(vm.agent(), Deadline.after(SECOND))).isEqualTo(CapabilityProbe.Capability.WINDOWS);
        assertThat(agent.requests()).extracting(FakeAgent.Request::command).containsOnlyOnce("guest-get-osinfo");

        now.addAndGet(Duration.ofMinutes(10).toNanos());
        agent.on("guest-get-osinfo", (request, wire) -> wire.reply("{\"id\": \"debian\"}"));
        assertThat(isWindows(capabilities)).isFalse();
        can(true, List.of());
        now.addAndGet(Duration.ofMinutes(10).toNanos());
        assertThat(isWindows(capabilities)).as("it cannot say").isFalse();
    }

    /** What is said while nothing may be run is not that it is none. */
    @Test
    void aFrozenGuestDoesNotSayWhatItIs() {
        can(false, List.of("guest-get-osinfo"));
        agent.on(
                "guest-get-osinfo",
                (request, wire) -> wire.error(
                        "CommandNotFound", "Command guest-get-osinfo has been disabled: the command is not allowed"));
        assertThatThrownBy(() -> isWindows(capabilities)).isInstanceOf(RpcDisabledException.class);
    }

    @Test
    void whoSupervisesNothingAsksAllTheSame() throws Exception {
        can(true, List.of("guest-get-osinfo"));
        agent.on("guest-get-osinfo", (request, wire) -> wire.reply("{\"id\": \"mswindows\"}"));
        CapabilityProbe direct = capabilities(false);
        assertThat(isWindows(direct)).isTrue();
        assertThat(direct.find(vm.agent(), Deadline.after(SECOND))).isEqualTo(CapabilityProbe.Capability.DIRECT);
    }

    private boolean isWindows(CapabilityProbe asked) throws Exception {
        return asked.isWindows(vm.agent(), Deadline.after(Duration.ofSeconds(20)));
    }

    private CapabilityProbe.Capability abilityAfter(Duration time) throws Exception {
        now.addAndGet(time.toNanos());
        return capabilities.find(vm.agent(), Deadline.after(Duration.ofSeconds(20)));
    }

    private long timesAsked() {
        return agent.requests().stream()
                .filter(request -> request.command().equals("guest-info"))
                .count();
    }

    /** Whether commands may be run now, as well as these. */
    private void can(boolean exec, List<String> others) {
        String commands = Stream.concat(
                        Stream.of(command("guest-exec", exec), command("guest-exec-status", exec)),
                        others.stream().map(name -> command(name, exec)))
                .collect(Collectors.joining(", "));
        agent.on(
                "guest-info",
                (request, wire) -> wire.reply("{\"version\": \"10.0.0\", \"supported_commands\": [" + commands + "]}"));
    }

    private static String command(String name, boolean enabled) {
        return "{\"name\": \"" + name + "\", \"enabled\": " + enabled + ", \"success-response\": true}";
    }
}

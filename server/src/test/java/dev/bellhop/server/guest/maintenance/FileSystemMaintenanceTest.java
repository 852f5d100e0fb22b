// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.guest.maintenance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.qga.client.AgentClient;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.guest.AgentHealth;
import dev.bellhop.server.guest.maintenance.FileSystemQuestions.Freeze;
import dev.bellhop.server.hypervisor.Hypervisor;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.vm.PowerState;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmState;
import dev.bellhop.testkit.FakeAgent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Freezes and their ends, by an agent that freezes nothing. */
@Timeout(60)
@Tag("real")
class FileSystemMaintenanceTest {
    private static final VmId VM = new VmId(1);
    private static final Pattern NAME = Pattern.compile("\"([0-9a-f]{32})\"");
    private static final Freeze LONG = new Freeze(Duration.ofMinutes(10), List.of());
    private static final Freeze SHORT = new Freeze(Duration.ofSeconds(1), List.of());

    @TempDir
    private Path folder;

    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private final AtomicInteger pids = new AtomicInteger(100);
    private FakeAgent agent;
    private volatile boolean frozen;

    /** What the guard in the guest says when it is started. */
    private volatile String guardSays = "ready 77 perl";

    private volatile String lastName = "";
    private FileSystemMaintenance maintenance;

    @BeforeEach
    void start() {
        agent = keep(FakeAgent.start(folder.resolve("a.sock")));
        agent.on("guest-fsfreeze-status", (request, wire) -> wire.reply(frozen ? "\"frozen\"" : "\"thawed\""));
        agent.on("guest-fsfreeze-freeze", (request, wire) -> {
            frozen = true;
            wire.reply("3");
        });
        agent.on("guest-fsfreeze-thaw", (request, wire) -> {
            String count = frozen ? "3" : "0";
            frozen = false;
            wire.reply(count);
        });
        agent.on("guest-exec", (request, wire) -> {
            Matcher name = NAME.matcher(request.arguments());
            lastName = name.find() ? name.group(1) : "";
            if (frozen) {
                wire.error("CommandNotFound", "Command guest-exec has been disabled: the agent is in frozen state");
            } else {
                wire.reply("{\"pid\": " + pids.incrementAndGet() + "}");
            }
        });
        agent.on("guest-exec-status", this::guardSays);
        maintenance = open();
    }

    private void guardSays(FakeAgent.Request request, FakeAgent.Wire wire) throws IOException {
        String line = "bellhop " + lastName + " " + guardSays + "\n";
        String out = Base64.getEncoder().encodeToString(line.getBytes(StandardCharsets.UTF_8));
        wire.reply("{\"exited\": true, \"exitcode\": 0, \"out-data\": \"" + out + "\"}");
    }

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable part : parts) {
            part.close();
        }
    }

    private <T extends AutoCloseable> T keep(T part) {
        parts.push(part);
        return part;
    }

    private final List<String> told = new ArrayList<>();

    private FileSystemMaintenance open() {
        VmDirectory directory = keep(new VmDirectory(List.of(new OneVm(agent.socket()))));
        return keep(new FileSystemMaintenance(
                directory, new AgentHealth(Clock.systemUTC()), folder, Clock.systemUTC(), vm -> {
                    told.add("begins, after " + agent.requests().size() + " calls");
                    return () -> told.add("ends");
                }));
    }

    private List<String> calls() {
        return agent.requests().stream().map(FakeAgent.Request::command).toList();
    }

    private Path leaseFile() {
        return folder.resolve(FreezeLeaseFolder.NAME).resolve("1");
    }

    private static ErrorCode code(Throwable failure) {
        return ((BellhopException) failure).code();
    }

    @Test
    void theGuardIsThereBeforeAnythingIsFrozen() {
        FrozenFileSystems done = maintenance.freeze(VM, LONG);

        assertThat(done.count()).isEqualTo(3);
        assertThat(told).containsExactly("begins, after 0 calls", "ends");
        assertThat(done.expiresAt())
                .isBetween(Instant.now().plusSeconds(580), Instant.now().plusSeconds(600));
        assertThat(calls())
                .startsWith("guest-fsfreeze-status", "guest-exec", "guest-exec-status", "guest-fsfreeze-freeze");
        assertThat(maintenance.freezeStatus(VM)).isEqualTo(new FreezeStatus(true, done.expiresAt()));
        assertThat(leaseFile()).exists();
    }

    @ParameterizedTest
    @CsvSource({
        "missing, NOT_SUPPORTED, perl-base",
        "denied, NOT_SUPPORTED, CAP_SYS_ADMIN",
        "absent, NOT_SUPPORTED, mount points",
        "nothing, NOT_SUPPORTED, no file system",
        "frozen, ALREADY_FROZEN, somebody may have frozen",
        "late, NOT_SUPPORTED, cannot be started",
        "ready 0 perl, NOT_SUPPORTED, cannot be started",
        "ready 77 cobol, NOT_SUPPORTED, cannot be started",
        "ready 77 perl and more, NOT_SUPPORTED, cannot be started"
    })
    void withoutAGuardNothingIsFrozen(String said, ErrorCode code, String words) {
        guardSays = said;
        assertThatThrownBy(() -> maintenance.freeze(VM, LONG))
                .hasMessageStartingWith("Cannot freeze the file systems of VM 1 because ")
                .hasMessageContaining(words)
                .satisfies(failure -> assertThat(code(failure)).isEqualTo(code));
        assertThat(calls()).doesNotContain("guest-fsfreeze-freeze");
        assertThat(leaseFile()).doesNotExist();

        guardSays = "ready 77 fsfreeze";
        assertThat(maintenance.freeze(VM, LONG).count()).isEqualTo(3);
    }

    @Test
    void theAnswerOfAnotherGuardIsNone() {
        agent.on("guest-exec-status", (request, wire) -> {
            String line = "bellhop " + "0".repeat(32) + " ready 77 perl\n";
            String out = Base64.getEncoder().encodeToString(line.getBytes(StandardCharsets.UTF_8));
            wire.reply("{\"exited\": true, \"exitcode\": 0, \"out-data\": \"" + out + "\"}");
        });
        assertThatThrownBy(() -> maintenance.freeze(VM, LONG)).hasMessageContaining("cannot be started");
        assertThat(calls()).doesNotContain("guest-fsfreeze-freeze");
    }

    @Test
    void aSecondFreezeIsRefusedWhileThereIsALease() {
        FrozenFileSystems first = maintenance.freeze(VM, LONG);
        assertThatThrownBy(() -> maintenance.freeze(VM, LONG))
                .hasMessageContaining("until " + first.expiresAt())
                .satisfies(failure -> assertThat(code(failure)).isEqualTo(ErrorCode.ALREADY_FROZEN));
    }

    @Test
    void whatSomebodyElseHasFrozenIsNotFrozenByUs() {
        frozen = true;
        assertThatThrownBy(() -> maintenance.freeze(VM, LONG))
                .hasMessageContaining("somebody else")
                .satisfies(failure -> assertThat(code(failure)).isEqualTo(ErrorCode.ALREADY_FROZEN));
        assertThat(maintenance.freezeStatus(VM)).isEqualTo(new FreezeStatus(true, null));
        assertThat(maintenance.thaw(VM)).isEqualTo(3);
        assertThat(maintenance.freeze(VM, LONG).count()).isEqualTo(3);
    }

    @Test
    void aThawEndsTheLeaseAndItsGuard() {
        maintenance.freeze(VM, LONG);
        String guard = lastName;
        assertThat(maintenance.thaw(VM)).isEqualTo(3);

        assertThat(leaseFile()).doesNotExist();
        assertThat(lastName).as("the guard is told to go").isEqualTo(guard);
        assertThat(calls()).containsSubsequence("guest-fsfreeze-thaw", "guest-exec", "guest-exec-status");
        assertThat(maintenance.freezeStatus(VM)).isEqualTo(new FreezeStatus(false, null));
        assertThat(maintenance.freeze(VM, LONG).count()).isEqualTo(3);
    }

    /** It would end the next freeze. */
    @Test
    void aGuardThatCannotBeToldToGoIsToldAgain() {
        maintenance.freeze(VM, LONG);
        AtomicInteger asked = new AtomicInteger();
        agent.on("guest-exec-status", (request, wire) -> {
            if (asked.incrementAndGet() < 3) {
                wire.error("GenericError", "PID ld does not exist");
            } else {
                wire.reply("{\"exited\": true, \"exitcode\": 0}");
            }
        });
        assertThat(maintenance.thaw(VM)).isEqualTo(3);
        assertThat(leaseFile()).exists();
        await().until(() -> !Files.exists(leaseFile()));
        assertThat(asked).hasValueGreaterThanOrEqualTo(3);
    }

    @Test
    void theServerThawsWhenTheLeaseIsOver() {
        maintenance.freeze(VM, SHORT);
        await().until(() -> !frozen && !Files.exists(leaseFile()));
        assertThat(maintenance.freezeStatus(VM)).isEqualTo(new FreezeStatus(false, null));
    }

    @Test
    void aFreezeWaitsForALeaseThatIsOverToBeEnded() throws Exception {
        maintenance.freeze(VM, SHORT);
        CountDownLatch ending = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        FakeAgent.Answer usual = this::guardSays;
        agent.on("guest-exec-status", (request, wire) -> {
            ending.countDown();
            mayEnd.await();
            usual.answer(request, wire);
        });
        ending.await();
        CompletableFuture<FrozenFileSystems> next = CompletableFuture.supplyAsync(() -> maintenance.freeze(VM, LONG));
        assertThatThrownBy(() -> next.get(500, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
        mayEnd.countDown();
        assertThat(next.get(1, TimeUnit.MINUTES).count()).isEqualTo(3);
    }

    @Test
    void anAgentThatWasSilentIsToldLater() {
        AtomicInteger asked = new AtomicInteger();
        agent.on("guest-fsfreeze-thaw", (request, wire) -> {
            if (asked.incrementAndGet() < 3) {
                wire.error("GenericError", "not now");
            } else {
                frozen = false;
                wire.reply("0");
            }
        });
        maintenance.freeze(VM, SHORT);
        await().until(() -> asked.get() >= 3 && !frozen && !Files.exists(leaseFile()));
    }

    @Test
    void theNextProcessThawsWhatAnEarlierOneHasFrozen() {
        maintenance.freeze(VM, new Freeze(Duration.ofSeconds(5), List.of()));
        maintenance.close();

        FileSystemMaintenance next = open();
        next.recover();
        assertThatThrownBy(() -> next.freeze(VM, LONG))
                .satisfies(failure -> assertThat(code(failure)).isEqualTo(ErrorCode.ALREADY_FROZEN));
        await().atMost(Duration.ofSeconds(30)).until(() -> !frozen && !Files.exists(leaseFile()));
        await().ignoreExceptions().until(() -> next.freeze(VM, LONG).count() == 3);
    }

    @Test
    void aProcessThatEndsThawsNothing() {
        maintenance.freeze(VM, new Freeze(Duration.ofSeconds(3), List.of()));
        maintenance.close();
        // Until the lease is over.
        await().during(Duration.ofMillis(3500)).until(() -> !calls().contains("guest-fsfreeze-thaw"));
        assertThat(frozen).isTrue();

        open().recover();
        await().until(() -> !frozen);
        assertThat(calls()).containsOnlyOnce("guest-fsfreeze-thaw");
    }

    @Test
    void whatIsFrozenLongAfterALeaseIsSomebodyElses() throws Exception {
        Files.createDirectories(leaseFile().getParent());
        String over = Long.toString(Instant.now().minus(Duration.ofHours(2)).toEpochMilli());
        Files.writeString(leaseFile(), over + " " + "a".repeat(32) + " 77\n");
        frozen = true;
        maintenance.recover();

        await().until(() -> !Files.exists(leaseFile()));
        assertThat(calls()).doesNotContain("guest-fsfreeze-thaw");
        assertThat(frozen).isTrue();
    }

    @Test
    void aFileThatHoldsNoLeaseIsLeftAlone() throws Exception {
        Files.createDirectories(leaseFile().getParent());
        Files.writeString(leaseFile(), "nonsense");
        maintenance.recover();
        assertThat(maintenance.freeze(VM, LONG).count()).isEqualTo(3);
    }

    @Test
    void aLeaseOfWhatSomebodyElseHasThawedIsNone() {
        maintenance.freeze(VM, LONG);
        frozen = false;
        assertThat(maintenance.freezeStatus(VM)).isEqualTo(new FreezeStatus(false, null));
        assertThat(maintenance.freeze(VM, LONG).count()).isEqualTo(3);
    }

    @Test
    void aLeaseEndsOnceSomebodyElseHasThawed() {
        maintenance.freeze(VM, LONG);
        frozen = false;
        await().until(() -> !Files.exists(leaseFile()));
        frozen = true;
        // The lease leaves the folder a moment before the process forgets it.
        await("another's freeze").until(() -> maintenance.freezeStatus(VM).equals(new FreezeStatus(true, null)));
        assertThat(calls()).doesNotContain("guest-fsfreeze-thaw");
    }

    @ParameterizedTest
    @CsvSource({
        "The command guest-fsfreeze-freeze has been disabled for this instance, true, AGENT_UNAVAILABLE",
        "The command guest-fsfreeze-freeze has been disabled for this instance, false, NOT_SUPPORTED",
        "The command guest-fsfreeze-freeze has not been found, false, NOT_SUPPORTED"
    })
    void whatWasNotEvenTriedIsNotUndone(String said, boolean frozenByAnother, ErrorCode code) {
        agent.on("guest-fsfreeze-freeze", (request, wire) -> {
            frozen = frozenByAnother;
            wire.error("CommandNotFound", said);
        });
        assertThatThrownBy(() -> maintenance.freeze(VM, LONG))
                .satisfies(failure -> assertThat(code(failure)).isEqualTo(code));
        assertThat(leaseFile()).doesNotExist();
        assertThat(maintenance.freezeStatus(VM)).isEqualTo(new FreezeStatus(frozenByAnother, null));
        assertThat(calls()).doesNotContain("guest-fsfreeze-thaw");
    }

    @Test
    void aGuestWithoutAShellIsNotSupported() {
        agent.on(
                "guest-exec",
                (request, wire) -> wire.error("GenericError", "Failed to execute child process “/bin/sh”"));
        assertThatThrownBy(() -> maintenance.freeze(VM, LONG))
                .hasMessageContaining("it takes a shell")
                .satisfies(failure -> assertThat(code(failure)).isEqualTo(ErrorCode.NOT_SUPPORTED));
        assertThat(calls()).doesNotContain("guest-fsfreeze-freeze");
    }

    @Test
    void aFreezeIsOverWellBeforeItsGuardTakesItForAnothers() {
        assertThat(ThawGuards.timeToFreeze(Duration.ZERO)).isLessThan(ThawGuards.WINDOW);
        assertThat(ThawGuards.timeToFreeze(Duration.ofSeconds(60))).isEqualTo(Duration.ofSeconds(50));
        assertThat(ThawGuards.timeToFreeze(ThawGuards.WINDOW)).isNegative();
    }

    @Test
    void aFreezeThatFailsIsUndone() {
        agent.on("guest-fsfreeze-freeze", (request, wire) -> {
            frozen = true;
            wire.error("GenericError", "failed to freeze /srv");
        });
        assertThatThrownBy(() -> maintenance.freeze(VM, LONG))
                .hasMessage(
                        "Cannot freeze the file systems of VM 1 because the guest agent refused: failed to freeze /srv");
        await().until(() -> !frozen && !Files.exists(leaseFile()));
    }

    @Test
    void whereNoneIsFrozenThereIsNoLease() {
        agent.on("guest-fsfreeze-freeze", (request, wire) -> wire.reply("0"));
        assertThatThrownBy(() -> maintenance.freeze(VM, LONG)).hasMessageContaining("none of them can be frozen");
        await().until(() -> !Files.exists(leaseFile()));
    }

    @Test
    void someMountPointsAreFrozenByTheirList() {
        agent.on("guest-fsfreeze-freeze-list", (request, wire) -> wire.reply("1"));
        assertThat(maintenance
                        .freeze(VM, new Freeze(Duration.ofSeconds(60), List.of("/srv")))
                        .count())
                .isEqualTo(1);
        assertThat(agent.requests().getLast().arguments()).contains("/srv");
    }

    @Test
    void anAgentWithoutTheCallIsTold() {
        agent.on(
                "guest-fstrim",
                (request, wire) -> wire.error("CommandNotFound", "The command guest-fstrim has not been found"));
        assertThatThrownBy(() -> maintenance.trim(VM, 0))
                .hasMessage(
                        "Cannot trim the file systems of VM 1 because the guest agent is too old to know guest-fstrim;"
                                + " install a newer qemu-guest-agent")
                .satisfies(failure -> assertThat(code(failure)).isEqualTo(ErrorCode.NOT_SUPPORTED));
    }

    @Test
    void aVmThatIsNotThereIsNotFound() {
        assertThatThrownBy(() -> maintenance.freeze(new VmId(2), LONG))
                .satisfies(failure -> assertThat(code(failure)).isEqualTo(ErrorCode.NOT_FOUND));
    }

    /** A hypervisor of VM 1, which runs. */
    private static final class OneVm implements Hypervisor, VirtualMachine {
        private final GuestAgent agent;

        OneVm(Path socket) {
            agent = AgentClient.onUnixSocket(
                    socket, GuestAgentOptions.defaults().withIdleTimeout(Duration.ZERO));
        }

        @Override
        public SortedSet<VmId> vms() {
            return new TreeSet<>(Set.of(VM));
        }

        @Override
        public Optional<VirtualMachine> find(VmId id) {
            return id.equals(VM) ? Optional.of(this) : Optional.empty();
        }

        @Override
        public VmId id() {
            return VM;
        }

        @Override
        public GuestAgent agent() {
            return agent;
        }

        @Override
        public VmState state(Deadline deadline) {
            return VmState.of(PowerState.RUNNING);
        }

        @Override
        public void close() {
            agent.close();
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import static dev.bellhop.server.stream.ScriptGuest.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.server.hypervisor.StreamPortException;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.stream.StreamConnection.Heartbeat;
import dev.bellhop.server.stream.StreamUnavailableException.Reason;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.testkit.RealAgent;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Streams with a real agent on this machine; the port is a Unix socket. */
@Timeout(120)
@Tag("real")
class GuestStreamsTest {
    @TempDir
    private Path folder;

    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private RealAgent agent;
    private PortedVm vm;
    private GuestStreams streams;

    @BeforeEach
    void start() throws Exception {
        agent = RealAgent.start(Files.createDirectory(folder.resolve("a")));
        vm = new PortedVm(agent.socket(), folder);
        open(Duration.ofMinutes(1));
    }

    private void open(Duration idle) {
        streams = new GuestStreams(
                new VmDirectory(List.of(vm)),
                folder,
                metrics,
                new VmStream.Settings(idle, Duration.ofSeconds(20), Heartbeat.USUAL));
        streams.start();
    }

    @AfterEach
    void stop() {
        streams.close();
        vm.close();
        agent.close();
    }

    private static Deadline soon() {
        return Deadline.after(Duration.ofSeconds(20));
    }

    private void assertRefused(Reason reason) {
        assertThatThrownBy(() -> streams.acquire(PortedVm.ID, soon()))
                .isInstanceOfSatisfying(
                        StreamUnavailableException.class,
                        e -> assertThat(e.reason()).isEqualTo(reason))
                .hasMessageStartingWith("Cannot open a stream into the guest because ");
    }

    private double count(String name) {
        return metrics.get(name).gauge().value();
    }

    @Test
    void aStreamIsOpenedThroughTheAgentAndSharedByAll() throws Exception {
        try (ExecutorService each = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<String>> told = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                told.add(each.submit(() -> {
                    try (StreamLease lease = streams.acquire(PortedVm.ID, soon());
                            GuestProcess process = lease.stream().exec(GuestCommand.of("echo", "hello"), soon())) {
                        return text(process.stdout());
                    }
                }));
            }
            for (Future<String> one : told) {
                assertThat(one.get()).isEqualTo("hello\n");
            }
        }
        assertThat(vm.plugs).hasValue(1);
        assertThat(count("bellhop.streams")).isEqualTo(1);
        assertThat(metrics.get("bellhop.streams.opened").counter().count()).isEqualTo(1);
    }

    @Test
    void oneThatIsOpenedAheadIsThereForWhoeverComesNext() throws Exception {
        streams.close();
        open(Duration.ofSeconds(1));
        assertThat(streams.acquireIfOpen(PortedVm.ID)).isNull();
        streams.openSoon(PortedVm.ID);
        streams.openSoon(PortedVm.ID);
        await().until(() -> {
            StreamLease lease = streams.acquireIfOpen(PortedVm.ID);
            if (lease != null) {
                lease.close();
            }
            return lease != null;
        });
        assertThat(vm.plugs).hasValue(1);
        // Whoever has opened it does not keep it.
        await().until(vm.plugged::isEmpty);
    }

    @Test
    void theAgentHasForgottenTheScriptsProcess() throws Exception {
        // A pid is a number that rises: the next command's is not far from the script's.
        try (StreamLease lease = streams.acquire(PortedVm.ID, soon())) {
            assertThat(lease.stream().isOpen()).isTrue();
            long next = vm.agent().exec(ExecCommand.of("true"), soon());
            for (long pid = next - 10; pid < next; pid++) {
                long one = pid;
                assertThatThrownBy(() -> vm.agent().execStatus(one, soon())).isInstanceOf(AgentErrorException.class);
            }
        }
    }

    @Test
    void aStreamThatNobodyUsesIsUnplugged() throws Exception {
        streams.close();
        metrics.clear();
        open(Duration.ofMillis(10));
        try (StreamLease lease = streams.acquire(PortedVm.ID, soon())) {
            assertThat(folder.resolve("plugged").resolve("1")).exists();
            assertThat(lease.stream().isOpen()).isTrue();
        }
        await().until(vm.plugged::isEmpty);
        await().until(() -> Files.notExists(folder.resolve("plugged").resolve("1")));
        streams.acquire(PortedVm.ID, soon()).close();
        assertThat(vm.plugs).hasValue(2);
    }

    @Test
    void anOrderlyStopUnplugs() throws Exception {
        StreamLease lease = streams.acquire(PortedVm.ID, soon());
        streams.close();
        assertThat(vm.plugged).isEmpty();
        assertThat(lease.stream().isOpen()).isFalse();
        assertRefused(Reason.CLOSING);
    }

    @Test
    void aLostStreamIsReplacedByTheNextOneWhoAsks() throws Exception {
        try (StreamLease lease = streams.acquire(PortedVm.ID, soon())) {
            assertThatThrownBy(() -> {
                        try (GuestProcess kill =
                                lease.stream().exec(GuestCommand.of("sh", "-c", "kill -9 $PPID"), soon())) {
                            kill.awaitEnd(soon());
                        }
                    })
                    .isInstanceOfSatisfying(
                            StreamException.class, e -> assertThat(e.kind()).isEqualTo(StreamException.Kind.LOST));
        }
        await().until(vm.plugged::isEmpty);
        try (StreamLease lease = streams.acquire(PortedVm.ID, soon())) {
            assertThat(lease.stream().isOpen()).isTrue();
        }
        assertThat(vm.plugs).hasValue(2);
    }

    @Test
    void oneThatIsForgottenWhileItIsOpenedIsUnpluggedAgain() {
        vm.whilePlugging = () -> streams.forget(PortedVm.ID);
        assertRefused(Reason.CLOSING);
        await().until(() -> vm.plugged.isEmpty());
        assertThat(vm.plugs.get()).isEqualTo(1);
    }

    @Test
    void whatAnEarlierServerHasLeftIsRemovedAtTheStart() throws Exception {
        streams.close();
        metrics.clear();
        Files.createDirectories(folder.resolve("plugged"));
        Files.createFile(folder.resolve("plugged").resolve("1"));
        Files.createFile(folder.resolve("plugged").resolve("2"));
        open(Duration.ofMinutes(1));
        await().until(() -> vm.leftoversRemoved.get() == 1);
        await().until(() -> Files.notExists(folder.resolve("plugged").resolve("1")));
    }

    @Test
    void aHypervisorWithoutStreamsIsAReason() {
        vm.hasStreams = false;
        assertRefused(Reason.OFF);
        assertThat(metrics.get("bellhop.streams.refused")
                        .tag("reason", "off")
                        .counter()
                        .count())
                .isEqualTo(1);
    }

    @Test
    void aVmThatIsNotHereIsAReason() {
        assertThatThrownBy(() -> streams.acquire(new VmId(2), soon()))
                .isInstanceOfSatisfying(
                        StreamUnavailableException.class,
                        e -> assertThat(e.reason()).isEqualTo(Reason.NO_VM));
    }

    @Test
    void aRefusalIsRemembered() {
        vm.refusal = new StreamPortException(StreamPortException.Kind.NO_SLOT, "it is full");
        assertRefused(Reason.NO_SLOT);
        vm.refusal = null;
        assertRefused(Reason.NO_SLOT);
        assertThat(vm.plugs).hasValue(1);
        assertThat(vm.plugged).isEmpty();
    }

    @Test
    void anAgentThatIsAwayIsAReasonAndThePortIsUnplugged() {
        agent.kill();
        assertRefused(Reason.AGENT);
        await().until(vm.plugged::isEmpty);
        assertThat(vm.plugs).hasValue(1);
    }

    @Test
    void aPortThatSomebodyElseHasIsLate() {
        vm.isMute = true;
        assertThatThrownBy(() -> streams.acquire(PortedVm.ID, Deadline.after(Duration.ofSeconds(5))))
                .isInstanceOfSatisfying(
                        StreamUnavailableException.class,
                        e -> assertThat(e.reason()).isEqualTo(Reason.LATE));
        assertThat(folder.resolve("mute")).exists();
        await().until(vm.plugged::isEmpty);
    }

    @Test
    void itIsKnownHowTheLastTryWent() throws Exception {
        assertThat(streams.state(PortedVm.ID)).isEqualTo(new StreamState.Untried());
        vm.refusal = new StreamPortException(StreamPortException.Kind.REFUSED, "QEMU did not connect");
        assertRefused(Reason.HYPERVISOR);
        assertThat(streams.state(PortedVm.ID)).isInstanceOfSatisfying(StreamState.Failed.class, failed -> {
            assertThat(failed.reason()).isEqualTo(Reason.HYPERVISOR);
            assertThat(failed.why()).isEqualTo("QEMU did not connect");
        });
        streams.close();
        vm.refusal = null;
        metrics.clear();
        open(Duration.ofMillis(10));
        try (StreamLease lease = streams.acquire(PortedVm.ID, soon())) {
            assertThat(lease.stream().isOpen()).isTrue();
            assertThat(streams.state(PortedVm.ID)).isEqualTo(new StreamState.Open());
        }
        await().untilAsserted(() -> assertThat(streams.state(PortedVm.ID)).isEqualTo(new StreamState.Worked()));
    }
}

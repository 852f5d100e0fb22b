// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.vm.PowerState;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmState;
import dev.bellhop.testkit.FakeAgent;
import dev.bellhop.testkit.RealAgent;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A monitor is believed where the agent's socket does not contradict it. */
@Timeout(120)
@Tag("real")
class QemuStateTest {
    @TempDir
    private Path folder;

    private static VmState ask(Path agent, Path monitor) {
        return new QemuState(new VmId(1), agent, monitor).ask(Deadline.after(Duration.ofSeconds(30)));
    }

    private Path in(String name) throws Exception {
        return Files.createDirectory(folder.resolve(name));
    }

    private static void assertUnknown(VmState state, String why) {
        assertThat(state.power()).isEqualTo(PowerState.UNKNOWN);
        assertThat(state.unknownBecause()).contains(why);
    }

    @Test
    void aQemuThatHasBothSocketsRuns() throws Exception {
        try (RealQemu qemu = RealQemu.start(folder)) {
            QemuState state = new QemuState(new VmId(1), qemu.agent(), qemu.monitor());
            for (int i = 0; i < 5; i++) {
                VmState told = state.ask(Deadline.after(Duration.ofSeconds(30)));
                assertThat(told.power()).isEqualTo(PowerState.RUNNING);
                assertThat(told.processId()).isEqualTo(qemu.pid());
            }
        }
    }

    @Test
    void aVmWhoseMonitorIsMistypedIsNotTakenForStopped() throws Exception {
        try (RealQemu qemu = RealQemu.start(folder)) {
            for (Path mistyped : new Path[] {
                folder.resolve("qnp"), folder.resolve("none/qmp"), folder.resolve("pid"), folder.resolve("pid/qmp")
            }) {
                assertUnknown(ask(qemu.agent(), mistyped), "nothing listens on its monitor");
            }
            assertUnknown(ask(qemu.agent(), folder), "monitor");
        }
    }

    @Test
    void whereNothingListensOnEitherItIsStopped() throws Exception {
        RealQemu qemu = RealQemu.start(folder);
        qemu.close();
        QemuState state = new QemuState(new VmId(1), qemu.agent(), qemu.monitor());
        Awaitility.await()
                .until(() -> state.ask(Deadline.after(Duration.ofSeconds(30))), VmState.of(PowerState.STOPPED)::equals);
        assertThat(qemu.monitor()).as("a socket that is left behind").exists();
        Files.delete(qemu.monitor());
        Files.delete(qemu.agent());
        assertThat(ask(qemu.agent(), qemu.monitor())).isEqualTo(VmState.of(PowerState.STOPPED));
    }

    @Test
    void theMonitorOfAnotherVmTellsNothingOfThisOne() throws Exception {
        try (RealQemu qemu = RealQemu.start(in("one"));
                RealQemu other = RealQemu.start(in("two"))) {
            assertUnknown(ask(qemu.agent(), other.monitor()), "another QEMU");
            assertThat(ask(other.agent(), other.monitor()).power()).isEqualTo(PowerState.RUNNING);
        }
    }

    /** Each look waits before the agent's socket for a moment, and one that is held lets nobody in. */
    @Test
    void norDoesItWhileSomebodyHoldsTheAgentsSocket() throws Exception {
        try (RealQemu qemu = RealQemu.start(in("one"));
                RealQemu other = RealQemu.start(in("two"));
                SocketChannel held = SocketChannel.open(UnixDomainSocketAddress.of(qemu.agent()))) {
            QemuState state = new QemuState(new VmId(1), qemu.agent(), other.monitor());
            assertThat(held.isConnected()).isTrue();
            for (int i = 0; i < 10; i++) {
                assertUnknown(state.ask(Deadline.after(Duration.ofSeconds(30))), "another QEMU");
            }
        }
    }

    /** Or what is told to it, as that it is to stop, would happen to the other. */
    @Test
    void norDoesItWhereThisOneIsOff() throws Exception {
        try (RealQemu other = RealQemu.start(folder)) {
            Path agent = folder.resolve("off.qga");
            assertUnknown(ask(agent, other.monitor()), "has an agent's socket elsewhere");
            Files.createFile(agent);
            assertUnknown(ask(agent, other.monitor()), "has an agent's socket elsewhere");

            Files.delete(other.agent());
            assertThat(ask(other.agent(), other.monitor()).power())
                    .as("one whose socket was removed")
                    .isEqualTo(PowerState.RUNNING);
        }
    }

    /** What stands in between, as a program that lets several in at a monitor, is no QEMU. */
    @Test
    void aMonitorBehindAnotherProgramIsBelieved() throws Exception {
        try (FakeMonitor monitor = FakeMonitor.start(folder.resolve("m"));
                RealQemu qemu = RealQemu.start(folder)) {
            assertThat(ask(qemu.agent(), monitor.socket()).power()).isEqualTo(PowerState.RUNNING);
        }
    }

    /** Looks come often, and an agent's socket lets in one client at a time. */
    @Test
    void theAgentsSocketIsConnectedToOnceForEachProcess() throws Exception {
        try (FakeMonitor monitor = FakeMonitor.start(folder.resolve("m"));
                FakeAgent agent = FakeAgent.start(folder.resolve("a"))) {
            QemuState state = new QemuState(new VmId(1), agent.socket(), monitor.socket());
            for (int i = 0; i < 20; i++) {
                assertThat(state.ask(Deadline.after(Duration.ofSeconds(30))).power())
                        .isEqualTo(PowerState.RUNNING);
            }
            assertThat(agent.connections()).isLessThanOrEqualTo(1);
        }
    }

    @Test
    void aQemuThatHangsMayDoAnything() throws Exception {
        try (RealQemu qemu = RealQemu.start(folder)) {
            new ProcessBuilder("kill", "-STOP", Long.toString(qemu.pid()))
                    .start()
                    .waitFor();
            VmState state = new QemuState(new VmId(1), qemu.agent(), qemu.monitor())
                    .ask(Deadline.after(Duration.ofMillis(500)));
            assertUnknown(state, "its monitor does not answer");
            assertThat(state.processId()).isEqualTo(qemu.pid());
        }
    }

    @Test
    void aSocketThatIsNoMonitorIsSilent() throws Exception {
        try (RealAgent agent = RealAgent.start(folder)) {
            VmState state = new QemuState(new VmId(1), agent.socket(), agent.socket())
                    .ask(Deadline.after(Duration.ofMillis(300)));
            assertUnknown(state, "is not that of a monitor");
        }
    }

    @Test
    void aMonitorThatMayNotBeOpenedIsNoStoppedVm() throws Exception {
        try (RealQemu qemu = RealQemu.start(folder)) {
            Files.setPosixFilePermissions(qemu.monitor(), PosixFilePermissions.fromString("---------"));
            Assumptions.assumeFalse(Files.isWritable(qemu.monitor()), "SKIPPED because root may use any socket");
            assertUnknown(ask(qemu.agent(), qemu.monitor()), "the server may not open its monitor");
            Files.setPosixFilePermissions(qemu.agent(), PosixFilePermissions.fromString("---------"));
            assertUnknown(ask(qemu.agent(), folder.resolve("none")), "the server may not open its agent's socket");
        }
    }
}

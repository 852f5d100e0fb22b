// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.vm;

import static dev.bellhop.e2e.support.TestBed.VMID;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.error.BellhopApiException;
import dev.bellhop.api.v2.execution.CreateExecution;
import dev.bellhop.api.v2.vm.AvailabilityView;
import dev.bellhop.e2e.support.E2eServer;
import dev.bellhop.testkit.GuestImage;
import dev.bellhop.testkit.RealVm;
import dev.bellhop.testkit.VmSockets;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Why no command can run in a real VM: each cause made for real, and none mistaken for another. */
@Tag("real")
@Tag("vm")
@Tag("full")
class AvailabilityTest {
    private static final Duration TIMEOUT = Duration.ofMinutes(3);

    /** The same VM, configured with the wrong path of an agent's socket. */
    private static final int MISCONFIGURED = 10001;

    @TempDir
    private Path folder;

    private static String now(BellhopClient client, int vmid) throws InterruptedException {
        return client.vms().awaitAvailability(vmid, null, Duration.ZERO).availability();
    }

    /** The causes found one after the other until commands can run. */
    private static List<String> untilAvailable(BellhopClient client) throws InterruptedException {
        List<String> found = new ArrayList<>();
        long begun = System.nanoTime();
        do {
            AvailabilityView view = client.vms()
                    .awaitAvailability(
                            VMID,
                            found.isEmpty() ? null : found.getLast(),
                            Duration.ofSeconds(found.isEmpty() ? 0 : 20));
            if (found.isEmpty() || !found.getLast().equals(view.availability())) {
                found.add(view.availability());
            }
        } while (!found.getLast().equals("available") && System.nanoTime() - begun < TIMEOUT.toNanos());
        return found;
    }

    /** Seldom enough for the server to release the channel in between. */
    private static ConditionFactory seldom() {
        return await().atMost(TIMEOUT).pollDelay(Duration.ofSeconds(2)).pollInterval(Duration.ofSeconds(2));
    }

    @Test
    void eachCauseIsRecognised() throws Exception {
        RealVm vm = RealVm.start(VMID, GuestImage.SMALL, folder);
        // By another name: no monitor may be that of two VMs.
        Path monitor = Files.createSymbolicLink(
                folder.resolve("link.qmp"), vm.sockets().monitor().orElseThrow());
        try (vm;
                E2eServer server = E2eServer.startForVms(
                        folder,
                        Map.of(
                                VMID,
                                vm.sockets(),
                                MISCONFIGURED,
                                new VmSockets(folder.resolve("none.qga"), Optional.of(monitor))));
                BellhopClient client =
                        new BellhopClient(server.url(), server.adminKey(), Duration.ofSeconds(5), TIMEOUT)) {
            assertThat(untilAvailable(client).getLast()).isEqualTo("available");
            assertThat(now(client, MISCONFIGURED)).isEqualTo("hypervisor_unreachable");
            assertThat(client.vms().get(MISCONFIGURED).statusReason())
                    .contains("has an agent's socket elsewhere; check both paths");

            vm.pause();
            assertThat(now(client, VMID)).isEqualTo("vm_paused");
            CreateExecution trace = CreateExecution.command("touch /tmp/ran").build();
            for (int i = 0; i < 3; i++) {
                BellhopApiException refused = catchThrowableOfType(
                        BellhopApiException.class, () -> client.executions().create(VMID, trace, null, Duration.ZERO));
                assertThat(refused.code()).hasValue("agent_unavailable");
                assertThat(refused).hasMessageContaining("the VM is paused; resume it");
            }
            vm.resume();
            assertThat(server.client()
                            .run(VMID, "ls /tmp/ran")
                            .required("exitcode")
                            .asInt())
                    .as("what was refused is not run later")
                    .isNotZero();
            assertThat(now(client, VMID)).isEqualTo("available");

            // The server lets go of the channel when it has not used it for a while; who waits for that has it then.
            try (SocketChannel other =
                    SocketChannel.open(UnixDomainSocketAddress.of(vm.sockets().agent()))) {
                seldom().until(() -> now(client, VMID), "channel_taken"::equals);
                assertThat(other.isConnected()).isTrue();
            }
            assertThat(now(client, VMID)).isEqualTo("available");

            Path socket = vm.sockets().agent();
            Path aside = folder.resolve("aside.qga");
            Files.move(socket, aside);
            seldom().until(() -> now(client, VMID), "socket_unusable"::equals);
            Files.move(aside, socket);
            assertThat(now(client, VMID)).isEqualTo("available");

            vm.hang();
            assertThat(now(client, VMID)).isEqualTo("hypervisor_unreachable");
            vm.goOn();
            assertThat(untilAvailable(client).getLast()).isEqualTo("available");

            client.executions()
                    .create(
                            VMID,
                            CreateExecution.command("kill -STOP $(pidof qemu-ga)")
                                    .build(),
                            null,
                            Duration.ZERO);
            seldom().until(() -> now(client, VMID), "silent"::equals);
            assertThat(client.vms().awaitAvailability(VMID, null, Duration.ZERO).reason())
                    .contains("does not answer", "answered last at");

            vm.kill();
            assertThat(now(client, VMID)).isEqualTo("vm_stopped");
            CompletableFuture<Void> booted = CompletableFuture.runAsync(() -> {
                try {
                    vm.boot();
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            });
            assertThat(untilAvailable(client)).containsSubsequence("starting", "available");
            booted.get();
        }
    }
}

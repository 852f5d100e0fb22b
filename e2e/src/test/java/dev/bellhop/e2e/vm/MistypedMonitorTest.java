// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.vm;

import static dev.bellhop.e2e.support.TestBed.VMID;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.error.BellhopApiException;
import dev.bellhop.api.v2.vm.PowerOptions;
import dev.bellhop.api.v2.vm.VmSummary;
import dev.bellhop.e2e.support.E2eServer;
import dev.bellhop.e2e.support.TestBed;
import dev.bellhop.testkit.GuestImage;
import dev.bellhop.testkit.RealVm;
import dev.bellhop.testkit.VmSockets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real VM runs, and the server has a wrong path for its monitor. */
@Timeout(300)
@Tag("real")
@Tag("vm")
class MistypedMonitorTest {
    @TempDir
    private Path folder;

    @Test
    void aVmThatRunsIsNotStartedASecondTime() throws Exception {
        RealVm vm = RealVm.start(VMID, GuestImage.SMALL, folder);
        Path started = folder.resolve("started");
        VmSockets mistyped = new VmSockets(vm.sockets().agent(), Optional.of(folder.resolve("mistyped.qmp")))
                .startedBy(List.of("/usr/bin/touch", started.toString()));
        try (TestBed bed = new TestBed(vm, E2eServer.startForVms(folder, Map.of(VMID, mistyped)));
                BellhopClient client = bed.v2()) {
            await().untilAsserted(() -> assertThat(folder.resolve("server.log"))
                    .content()
                    .contains(
                            "Cannot tell what VM " + VMID + " is doing because nothing listens on its monitor",
                            folder.resolve("mistyped.qmp").toString()));
            assertThat(bed.client().run(VMID, "echo runs").required("stdout").asString())
                    .isEqualTo("runs\n");

            VmSummary shown = client.vms().get(VMID);
            assertThat(shown.status()).isEqualTo("unknown");
            assertThat(shown.statusReason()).contains("check the path of monitor");
            assertThat(shown.agent())
                    .isNotNull()
                    .satisfies(agent -> assertThat(agent.available()).isTrue());

            BellhopApiException refused = catchThrowableOfType(
                    BellhopApiException.class,
                    () -> client.operations().begin(VMID, "start", new PowerOptions(null, null), null));
            assertThat(refused.code()).hasValue("vm_state_unknown");
            assertThat(Files.exists(started)).isFalse();
        }
    }
}

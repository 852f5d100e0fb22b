// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.vm;

import static dev.bellhop.e2e.support.TestBed.VMID;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.vm.AgentView;
import dev.bellhop.api.v2.vm.VmUsageView;
import dev.bellhop.e2e.support.TestBed;
import dev.bellhop.e2e.support.V1Client;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What the server reports of a VM as it runs, is paused, dies and comes back. */
@Tag("real")
@Tag("vm")
class VmStatusTest {
    @TempDir
    private Path folder;

    private TestBed bed;

    @BeforeEach
    void start() throws Exception {
        bed = TestBed.start(folder);
    }

    @AfterEach
    void stop() throws Exception {
        if (bed != null) {
            bed.close();
        }
    }

    @Test
    void aRunningVmHasQemusPidAnUptimeAndAnAgent() throws Exception {
        bed.client().run(VMID, "true");
        // In whole seconds, the first of which may not be over.
        await().until(() -> bed.client().status(VMID).required("uptime").asLong() > 0);

        JsonNode status = bed.client().status(VMID);

        assertThat(status.required("status").asString()).isEqualTo("running");
        assertThat(status.required("vmRunning").asBoolean()).isTrue();
        assertThat(status.required("pid").asLong()).isEqualTo(bed.vm().pid());
        assertThat(status.required("uptime").asLong()).isBetween(1L, 600L);
        assertThat(status.required("agent").required("available").asBoolean()).isTrue();
        assertThat(status.required("agent").required("version").asString()).matches("\\d+\\.\\d+.*");
        assertThat(status.required("processes").required(0).required("command").asString())
                .isEqualTo("true");
    }

    @Test
    void aRunningVmShowsUsageAndItsGuestsReport() throws Exception {
        // Absent while QEMU does not answer in time, as on a busy machine.
        VmUsageView usage;
        try (BellhopClient client = bed.v2()) {
            usage = await().atMost(Duration.ofMinutes(1))
                    .until(() -> client.vms().usage(VMID), each -> each.cpus() != null);
        }

        assertThat(usage.status()).isEqualTo("running");
        assertThat(usage.pid()).isEqualTo(bed.vm().pid());
        assertThat(usage.cpus()).isEqualTo(1);
        assertThat(usage.cpuSeconds()).isPositive();
        assertThat(usage.memoryBytes()).isBetween(64L << 20, 4L << 30);
        assertThat(usage.residentBytes()).isBetween(16L << 20, 8L << 30);

        AgentView told = bed.v2().guest(VMID).agent();

        assertThat(told.available()).isTrue();
        assertThat(told.supported()).contains("guest-exec");
        assertThat(Objects.requireNonNull(told.os()).kernelRelease())
                .isEqualTo(bed.client()
                        .run(VMID, "uname -r")
                        .required("stdout")
                        .asString()
                        .strip());
        assertThat(told.hostName())
                .isEqualTo(bed.client()
                        .run(VMID, "hostname")
                        .required("stdout")
                        .asString()
                        .strip());
        assertThat(told.interfaces()).extracting(AgentView.Interface::name).contains("lo");
        assertThat(bed.v2().vms().get(VMID).agent()).isNotNull();
    }

    @Test
    void aPausedVmIsPausedAndThenRunsOn() throws Exception {
        bed.vm().pause();
        assertThat(bed.client().status(VMID).required("status").asString()).isEqualTo("paused");

        bed.vm().resume();
        assertThat(bed.client().status(VMID).required("status").asString()).isEqualTo("running");
        assertThat(bed.client().run(VMID, "echo on").required("stdout").asString())
                .isEqualTo("on\n");
    }

    @Test
    @Tag("full")
    void aVmWhoseQemuDiedRefusesCommandsAndKeepsResults() throws Exception {
        long pid = bed.client().start(VMID, "echo kept");
        JsonNode result = bed.client().awaitExit(VMID, pid);

        bed.vm().kill();

        JsonNode status = bed.client().status(VMID);
        assertThat(status.required("status").asString()).isEqualTo("stopped");
        assertThat(status.required("vmRunning").asBoolean()).isFalse();
        assertThat(status.has("pid")).isFalse();
        assertThat(status.has("uptime")).isFalse();

        V1Client.Answer refused = bed.client().post(VMID, "true");
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.body().required("code").asString()).isEqualTo("CONFLICT");
        assertThat(refused.body().required("message").asString()).contains("10000", "the VM is stopped");

        assertThat(bed.client().result(VMID, pid).required("stdout")).isEqualTo(result.required("stdout"));
    }

    @Test
    @Tag("full")
    void aVmThatBootsAgainRunsCommandsAgain() throws Exception {
        bed.client().run(VMID, "true");
        bed.vm().kill();
        assertThat(bed.client().post(VMID, "true").status()).isEqualTo(409);

        bed.vm().boot();

        assertThat(bed.client().run(VMID, "echo back").required("stdout").asString())
                .isEqualTo("back\n");
        assertThat(bed.client().status(VMID).required("pid").asLong())
                .isEqualTo(bed.vm().pid());
    }

    @Test
    @Tag("full")
    void aCommandIsLostWithAReasonWhenItsVmBootsAgain() throws Exception {
        long pid = bed.client().start(VMID, "sleep 1000");

        bed.vm().kill();
        bed.vm().boot();

        JsonNode result = bed.client().awaitExit(VMID, pid);
        assertThat(result.has("exitcode")).isFalse();
        assertThat(result.required("state").asString()).isEqualTo("lost");
        assertThat(result.required("reason").asString()).isNotEmpty();
    }
}

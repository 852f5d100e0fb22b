// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.vm;

import static dev.bellhop.e2e.support.TestBed.VMID;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.vm.OperationStep;
import dev.bellhop.api.v2.vm.OperationView;
import dev.bellhop.api.v2.vm.PowerOptions;
import dev.bellhop.e2e.support.E2eServer;
import dev.bellhop.e2e.support.TestBed;
import dev.bellhop.testkit.GuestImage;
import dev.bellhop.testkit.RealVm;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real VM is switched off and on. The small guest has nothing that hears its power button. */
@Timeout(900)
@Tag("real")
@Tag("vm")
class PowerInRealVmTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    /** Enough for an emulated guest to boot on a busy machine. */
    private static final Duration LONG = Duration.ofMinutes(5);

    private static final PowerOptions USUAL = new PowerOptions(null, null);

    @TempDir
    private Path folder;

    private TestBed bed;

    @BeforeEach
    void start() throws Exception {
        RealVm vm = RealVm.start(VMID, GuestImage.SMALL, folder);
        bed = new TestBed(
                vm, E2eServer.startForVms(folder, Map.of(VMID, vm.sockets().startedBy(vm.startCommand()))));
    }

    @AfterEach
    void stop() throws Exception {
        if (bed != null) {
            bed.close();
        }
    }

    private OperationView begin(String action, PowerOptions options) throws Exception {
        try (BellhopClient client = bed.v2()) {
            return client.operations().begin(VMID, action, options, null);
        }
    }

    private OperationView end(OperationView begun) throws Exception {
        try (BellhopClient client = bed.v2()) {
            return await().atMost(LONG)
                    .until(() -> client.operations().get(begun.id(), MINUTE), one -> one.finishedAt() != null);
        }
    }

    private void completes(String action, PowerOptions options, String... steps) throws Exception {
        OperationView end = end(begin(action, options));
        assertThat(end.state()).as(end.toString()).isEqualTo("completed");
        assertThat(end.steps()).extracting(OperationStep::name).containsExactly(steps);
    }

    private String status() throws Exception {
        return bed.client().status(VMID).required("status").asString();
    }

    private String echo(String text) throws Exception {
        return bed.client().run(VMID, "echo " + text).required("stdout").asString();
    }

    /** From now on, asking the guest to switch itself off has no effect. */
    private void makeStubborn() throws Exception {
        bed.client().run(VMID, "echo '#!/bin/sh' > /usr/sbin/shutdown");
    }

    @Test
    void aGuestIsShutDownStartedAndOutlivesTheServer() throws Exception {
        completes("shutdown", USUAL, "asking_agent");
        assertThat(status()).isEqualTo("stopped");

        completes("start", USUAL, "starting");
        assertThat(echo("there")).isEqualTo("there\n");
        long pid = bed.vm().pid();

        bed.server().restart();
        // The monitor lets in one client at a time, and a server that starts looks at it as well.
        await().atMost(MINUTE).untilAsserted(() -> assertThat(status()).isEqualTo("running"));
        bed.server().killAndRestart();
        assertThat(bed.vm().pid()).isEqualTo(pid);
        assertThat(echo("still there")).isEqualTo("still there\n");

        completes("restart", USUAL, "asking_agent", "off", "starting");
        assertThat(bed.vm().pid()).isNotEqualTo(pid);
        assertThat(echo("again")).isEqualTo("again\n");

        completes("start", USUAL);
        completes("stop", USUAL, "pulling_plug");
        assertThat(status()).isEqualTo("stopped");
    }

    @Test
    @Tag("full")
    void aGuestThatHearsNothingRunsOnUnlessForced() throws Exception {
        makeStubborn();
        OperationView failed = end(begin("shutdown", new PowerOptions(null, 4)));
        assertThat(failed.state()).isEqualTo("failed");
        assertThat(failed.reason()).contains("its guest agent was asked", "its power button pressed", "use force");
        assertThat(echo("here")).isEqualTo("here\n");

        completes("shutdown", new PowerOptions(true, 4), "asking_agent", "pressing_button", "pulling_plug");
        assertThat(status()).isEqualTo("stopped");
    }

    @Test
    @Tag("full")
    void aResetBeginsTheGuestAnewInItsProcess() throws Exception {
        bed.client().run(VMID, "touch /tmp/before");
        long pid = bed.vm().pid();

        completes("reset", USUAL, "resetting");

        await().atMost(LONG)
                .until(() -> bed.client().post(VMID, "true").status() == 200
                        && bed.client()
                                .run(VMID, "ls /tmp")
                                .path("stdout")
                                .asString()
                                .isEmpty());
        assertThat(bed.vm().pid()).isEqualTo(pid);
    }

    @Test
    @Tag("full")
    void aRestartThatIsCutOffIsEndedByTheNextServer() throws Exception {
        makeStubborn();
        OperationView begun = begin("restart", new PowerOptions(null, 600));
        try (BellhopClient client = bed.v2()) {
            await().atMost(MINUTE)
                    .until(() -> !client.operations()
                            .get(begun.id(), Duration.ZERO)
                            .steps()
                            .isEmpty());
        }
        bed.server().kill();
        bed.vm().kill();
        bed.server().startAgain();

        OperationView end = end(begun);
        assertThat(end.state()).as(end.toString()).isEqualTo("completed");
        assertThat(end.steps()).extracting(OperationStep::name).isEqualTo(List.of("asking_agent", "off", "starting"));
        assertThat(echo("back")).isEqualTo("back\n");
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.doctor.Check;
import dev.bellhop.server.doctor.Checkup;
import dev.bellhop.server.service.vm.Checkups;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is told how much of what was found. */
class CheckupsTest {
    private static final String WORDS = "QEMU did not connect to /run/bellhop/1.sock";

    @TempDir
    private Path folder;

    private UseCaseScene scene;

    @BeforeEach
    void start() throws Exception {
        scene = new UseCaseScene(folder);
    }

    @AfterEach
    void stop() throws Exception {
        scene.close();
    }

    private String found(String caller) {
        Check check = new Check("stream", Check.Status.WARNING, "No stream", "See QEMU", WORDS);
        Checkups checkups = new Checkups(vm -> new Checkup(List.of(check), Instant.EPOCH), scene.vms);
        return Permit.during(
                scene.note(caller, UseCase.VM_DOCTOR),
                permit -> checkups.examine(scene.vm(permit)).checks().getFirst().found());
    }

    @Test
    void whatTheHostSaysTheOperatorAloneIsTold() {
        assertThat(found("operator")).isEqualTo("No stream. In the host's words: " + WORDS);
        assertThat(found("looker")).contains(WORDS);
        assertThat(found("tenant")).isEqualTo("No stream");
        assertThat(found("manager")).isEqualTo("No stream");
    }
}

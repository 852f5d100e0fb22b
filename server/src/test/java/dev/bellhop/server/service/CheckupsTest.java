// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.api.v2.guest.CheckupView;
import dev.bellhop.server.doctor.Check;
import dev.bellhop.server.doctor.Checkup;
import dev.bellhop.server.doctor.Examine;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.guest.question.LocalGuests;
import dev.bellhop.server.service.vm.Checkups;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
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
        return examine(caller, () -> new Checkup(List.of(check), Instant.EPOCH))
                .checks()
                .getFirst()
                .found();
    }

    private CheckupView examine(String caller, Supplier<Checkup> found) {
        LocalGuests guests = new LocalGuests().with(new Examine().kind(), (vm, question) -> found.get());
        VmUseCase<?, ?> doctor =
                new Checkups(guests, scene.server.clock).useCases().getFirst();
        return (CheckupView) Permit.during(scene.note(caller, UseCase.VM_DOCTOR), permit -> examine(doctor, permit));
    }

    private <I extends Record> Record examine(VmUseCase<I, ?> doctor, Permit permit) {
        return doctor.carryOut(
                scene.useCases.vms(), permit, UseCaseScene.VM, () -> Objects.requireNonNull(doctor.omitted()));
    }

    @Test
    void nodeThatDoesNotAnswerIsWhatIsAmiss() {
        CheckupView checkup = examine("operator", () -> {
            throw new BellhopException(ErrorCode.AGENT_UNAVAILABLE, "Cannot tell because its node cannot be reached");
        });
        assertThat(checkup.status()).isEqualTo("failed");
        assertThat(checkup.checks()).singleElement().satisfies(check -> {
            assertThat(check.id()).isEqualTo("node");
            assertThat(check.found()).contains("its node cannot be reached");
        });
        assertThatThrownBy(() -> examine("operator", () -> {
                    throw new BellhopException(ErrorCode.NOT_IMPLEMENTED, "Cannot: an older version");
                }))
                .hasMessage("Cannot: an older version");
    }

    @Test
    void whatTheHostSaysTheOperatorAloneIsTold() {
        assertThat(found("operator")).isEqualTo("No stream. In the host's words: " + WORDS);
        assertThat(found("looker")).contains(WORDS);
        assertThat(found("tenant")).isEqualTo("No stream");
        assertThat(found("manager")).isEqualTo("No stream");
    }
}

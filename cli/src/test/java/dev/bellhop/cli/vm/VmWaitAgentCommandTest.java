// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.vm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.StubAnswer;
import dev.bellhop.api.v2.vm.AvailabilityView;
import dev.bellhop.cli.Cli;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class VmWaitAgentCommandTest {
    private static final AvailabilityView STOPPED =
            new AvailabilityView("vm_stopped", "the VM is stopped", null, null, null, false);
    private static final AvailabilityView STARTING =
            new AvailabilityView("starting", "it is not up yet", null, null, null, true);
    private static final AvailabilityView AVAILABLE =
            new AvailabilityView("available", null, null, null, "10.0.3", true);

    private final Cli cli = new Cli();
    private final List<String> asked = new CopyOnWriteArrayList<>();

    @AfterEach
    void close() {
        cli.close();
    }

    /** What is answered in turn, the last for ever. */
    private void answers(AvailabilityView... answers) {
        AtomicInteger next = new AtomicInteger();
        cli.server.on("GET", "/api/v2/vps/7/availability", request -> {
            asked.add(request.target());
            return StubAnswer.json(200, answers[Math.min(next.getAndIncrement(), answers.length - 1)]);
        });
    }

    @Test
    void saysEachReasonOnceAndEndsWhenCommandsCanBeRun() {
        answers(STOPPED, STOPPED, STARTING, STOPPED, STARTING, AVAILABLE);

        Cli.Run run = cli.run("vm", "wait-agent", "7");

        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).isEqualTo("""
                bellhop: Waiting for VM 7: the VM is stopped
                bellhop: Waiting for VM 7: it is not up yet
                """);
        assertThat(asked.getFirst()).isEqualTo("/api/v2/vps/7/availability");
        assertThat(asked.get(1)).contains("wait=60", "while=vm_stopped");
        assertThat(asked.get(3)).contains("while=starting");
    }

    @Test
    void saysNothingWhereThereIsNothingToWaitFor() {
        answers(AVAILABLE);

        Cli.Run run = cli.run("--output=json", "vm", "wait-agent", "7");

        assertThat(run.exitCode()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out())
                .isEqualToIgnoringWhitespace(
                        "{\"availability\":\"available\",\"agentVersion\":\"10.0.3\",\"vmRunning\":true}");
    }

    @Test
    void givesTheReasonWhenTheTimeIsOver() {
        answers(STOPPED);

        Cli.Run run = cli.run("vm", "wait-agent", "7", "--timeout", "0");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).isEqualTo("bellhop: VM 7 runs no commands after 0 s: the VM is stopped\n");
        assertThat(asked).hasSize(1);
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.vm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.StubAnswer;
import dev.bellhop.api.v2.vm.OperationStep;
import dev.bellhop.api.v2.vm.OperationView;
import dev.bellhop.cli.Cli;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** VMs are switched on and off, and whoever typed that sees how far it is. */
class PowerCommandsTest {

    private static final String ID = "019c1379-5a10-7cc3-8d25-6f1f7f3f2c11";
    private static final Instant NOON = Instant.parse("2026-01-31T12:00:00Z");

    private final Cli cli = new Cli();

    @AfterEach
    void close() {
        cli.close();
    }

    private static OperationView view(String action, String state, int progress, String message) {
        boolean ended = state.equals("completed") || state.equals("failed");
        @Nullable String reason = state.equals("failed") ? message : null;
        return new OperationView(
                ID,
                10000,
                action,
                null,
                null,
                state,
                progress,
                message,
                reason,
                List.of(new OperationStep("starting", NOON)),
                NOON,
                ended ? NOON : null,
                "4b1d7c09e2aa",
                "/api/v2/operations/" + ID);
    }

    private void answers(String action, OperationView... later) {
        cli.server.on(
                "POST",
                "/api/v2/vps/10000/actions/" + action,
                StubAnswer.json(202, view(action, "waiting", 0, "Waiting"))
                        .with("Location", "/api/v2/operations/" + ID)
                        .with("Cache-Control", "no-store"));
        Deque<OperationView> left = new ArrayDeque<>(Arrays.asList(later));
        cli.server.on(
                "GET",
                "/api/v2/operations/" + ID,
                request -> StubAnswer.json(200, Objects.requireNonNull(left.size() > 1 ? left.poll() : left.peek()))
                        .with("Cache-Control", "no-store"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"start", "shutdown", "stop", "restart", "reset"})
    void saysHowFarItIsAndHowItEnded(String action) {
        answers(
                action,
                view(action, "running", 10, "Asking"),
                view(action, "running", 10, "Asking"),
                view(action, "running", 70, "Starting the VM"),
                view(action, "completed", 100, "The VM runs"));

        Cli.Run run = cli.run("vm", action, "10000");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).isEqualTo("""
                bellhop: Asking (10 %)
                bellhop: Starting the VM (70 %)
                bellhop: The VM runs
                """);
        assertThat(cli.server.requests().getFirst().header("Idempotency-Key")).isNotEmpty();
    }

    @Test
    void whatFailedIsToldByTheExitCodeToo() {
        answers("stop", view("stop", "failed", 45, "Cannot stop VM 10000 because it still runs"));

        Cli.Run run = cli.run("vm", "stop", "10000");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).isEqualTo("bellhop: Cannot stop VM 10000 because it still runs\n");
    }

    @Test
    void forceAndGraceArePassedOn() {
        answers("shutdown", view("shutdown", "completed", 100, "The VM is off"));

        assertThat(cli.run("vm", "shutdown", "--force", "--grace", "2m", "10000")
                        .exitCode())
                .isZero();
        assertThat(cli.server.requests().getFirst().body()).isEqualTo("{\"force\":true,\"graceSeconds\":120}");
        assertThat(cli.run("vm", "stop", "--force", "10000").exitCode()).isEqualTo(2);
    }

    @Test
    void whoDoesNotWaitGetsTheId() {
        answers("restart", view("restart", "running", 10, "Asking"));

        Cli.Run run = cli.run("vm", "restart", "--no-wait", "10000");

        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).isEqualTo(ID + "\n");
        assertThat(run.err()).isEmpty();
        assertThat(cli.server.requests()).hasSize(1);
    }

    @Test
    void asJsonItIsTheOperation() {
        answers("start", view("start", "running", 70, "Starting"), view("start", "failed", 70, "Cannot start it"));

        Cli.Run run = cli.run("vm", "start", "--output", "json", "10000");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.out()).contains("\"state\" : \"failed\"", "\"reason\" : \"Cannot start it\"");
        assertThat(run.err()).isEmpty();
    }

    @Test
    void aRefusalIsToldAsItIs() {
        cli.server.on(
                "POST",
                "/api/v2/vps/10000/actions/start",
                request -> StubAnswer.problem(
                        409,
                        "not_supported",
                        "Cannot start VM 10000 because nothing starts it",
                        request.target(),
                        null));

        Cli.Run run = cli.run("vm", "start", "10000");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).startsWith("bellhop: Cannot start VM 10000 because nothing starts it");
    }
}

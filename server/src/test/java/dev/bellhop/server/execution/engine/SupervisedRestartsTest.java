// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.execution.CommandLine;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionRequest;
import dev.bellhop.server.execution.ExecutionSpec;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.execution.script.ShellGuest;
import dev.bellhop.server.tenant.Tenant;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The agent or the server is restarted under a command. */
@Tag("real")
class SupervisedRestartsTest extends SupervisedGuest {
    @Test
    void anAgentThatIsRestartedLosesNothing() throws Exception {
        Execution running = begin(script("echo one; " + until("go") + "; echo two; exit 5"));
        awaitStdout(running, "one\n");
        agent.kill();
        touch("go");
        agent.restartKeepingProcesses();

        exited(end(running), 5);
        assertThat(stdout(running)).isEqualTo("one\ntwo\n");
    }

    @Test
    void outputIsShownAgainAfterTheAgentRestarts() throws Exception {
        Execution running = begin(script("echo one; " + until("go") + "; echo two; " + until("end")));
        awaitStdout(running, "one\n");
        agent.kill();
        agent.restartKeepingProcesses();
        touch("go");
        awaitStdout(running, "one\ntwo\n");
        assertThat(now(running).state()).isEqualTo(ExecutionState.RUNNING);
        touch("end");

        exited(end(running), 0);
        assertThat(stdout(running)).isEqualTo("one\ntwo\n");
    }

    /** Its pid has been told by then, and the supervisor waits for more. */
    @Test
    void anAgentThatEndsAmidTheInputIsGivenItAgain() throws Exception {
        cutTheInput(arrived -> {
            agent.kill();
            agent.restartKeepingProcesses();
        });
    }

    @Test
    void aSupervisorThatEndsAmidItsInputIsStartedAgain() throws Exception {
        cutTheInput(arrived -> {
            String name = arrived.getFileName().toString();
            long supervisor = Long.parseLong(name.substring(name.indexOf(".in-") + 4));
            ProcessHandle.of(supervisor).stream()
                    .flatMap(ProcessHandle::children)
                    .forEach(ProcessHandle::destroyForcibly);
        });
    }

    /** Whatever it is that comes between, the command runs once and with all of its input. */
    private void cutTheInput(Consumer<Path> cut) throws Exception {
        byte[] input = new byte[16 << 20];
        boolean isCut = false;
        for (int i = 0; i < 10 && !isCut; i++) {
            Path runs = folder.resolve("runs-" + i);
            ExecutionRequest request = new ExecutionRequest(
                    TestExecutions.spec("echo ran >>" + runs + "; wc -c", KEY),
                    new StartOptions(Map.of(), null, null, input, false, Duration.ofSeconds(60), false));
            CompletableFuture<Execution> begun = CompletableFuture.supplyAsync(() -> begin(request));
            Path arriving = Awaitility.await()
                    .pollInterval(Duration.ofMillis(1))
                    .until(this::arriving, Optional::isPresent)
                    .orElseThrow();
            isCut = arriving.toFile().length() < input.length;
            cut.accept(arriving);

            Execution ended = end(begun.get());
            exited(ended, 0);
            assertThat(stdout(ended).strip()).isEqualTo("" + input.length);
            assertThat(runs).hasContent("ran\n");
            eventually().until(() -> arriving().isEmpty());
        }
        assertThat(isCut).isTrue();
    }

    private Optional<Path> arriving() throws IOException {
        if (Files.notExists(folder.resolve("spool"))) {
            return Optional.empty();
        }
        try (Stream<Path> files = Files.list(folder.resolve("spool"))) {
            return files.filter(file -> file.toString().contains(".in-")).findFirst();
        }
    }

    @Test
    void aServerThatIsRestartedGoesOnWhereItWas() throws Exception {
        Execution running = begin(script("echo one; " + until("go") + "; echo two"));
        awaitStdout(running, "one\n");
        restartServer();
        touch("go");

        exited(end(running), 0);
        assertThat(stdout(running)).isEqualTo("one\ntwo\n");
    }

    @Test
    void aCommandThatEndsWhileTheServerIsAwayIsFound() throws Exception {
        Execution running = begin(script(until("go") + "; echo done > " + folder.resolve("done") + "; seq 100000"));
        executions.close();
        touch("go");
        eventually().until(() -> Files.exists(folder.resolve("done")));
        startServer(Clock.systemUTC());

        Execution ended = end(running);
        exited(ended, 0);
        assertThat(stdout(running)).startsWith("1\n2\n").endsWith("\n100000\n").hasSize(588_895);
    }

    @Test
    void aTimeoutStrikesWhileTheServerIsAway() {
        ExecutionRequest request = new ExecutionRequest(
                new ExecutionSpec(
                        CommandLine.script("echo $$; sleep 600 & sleep 600"),
                        KEY,
                        Tenant.operator(),
                        Map.of(),
                        Duration.ofSeconds(1)),
                StartOptions.PLAIN);
        Execution running = begin(request);
        eventually().until(() -> !stdout(running).isEmpty());
        long group = Long.parseLong(stdout(running).strip());
        executions.close();
        eventually().untilAsserted(() -> assertThat(ShellGuest.group(group)).isEmpty());
        startServer(Clock.systemUTC());

        assertThat(end(running).state()).isEqualTo(ExecutionState.TIMED_OUT);
    }
}

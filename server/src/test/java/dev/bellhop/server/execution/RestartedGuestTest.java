// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.RealAgent;
import dev.bellhop.server.hypervisor.VmDirectory;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is said of executions when their guest was restarted and its disk has no trace of them: files that were written
 * within the last half minute need not be there. The server of these tests is taken a hundred years ahead, so that its
 * guest, which is this machine, was restarted since all that it did before.
 */
@Timeout(90)
class RestartedGuestTest {
    private static final Duration AHEAD = Duration.ofDays(36_500);

    @TempDir
    private Path folder;

    private final MemoryStore store = new MemoryStore();
    private RealAgent agent;
    private OneVm vm;

    @BeforeEach
    void start() {
        agent = RealAgent.start(folder);
        vm = new OneVm(agent.socket());
    }

    @AfterEach
    void stop() {
        vm.close();
        agent.close();
    }

    private Executions engine(Clock clock) {
        var engine = new Executions(
                store,
                new VmDirectory(List.of(vm)),
                TestExecutions.supervised(folder.resolve("spool")),
                clock,
                new ExecutionMetrics(new SimpleMeterRegistry()));
        engine.recover();
        return engine;
    }

    private Executions later() {
        return engine(Clock.offset(Clock.systemUTC(), AHEAD));
    }

    private static Execution end(Executions engine, Execution execution) {
        return engine.find(execution.id(), Duration.ofSeconds(40)).orElseThrow().execution();
    }

    private static Asked askedNow() {
        return new Asked(ExecutionMode.SUPERVISED, Clock.systemUTC().instant());
    }

    private Execution pending(Delivery delivery, @Nullable Asked asked) {
        var spec = ExecutionSpec.of("echo ran >> " + folder.resolve("ran"), "0123456789ab");
        var pending = Execution.pending(
                new ExecutionIds(Clock.systemUTC()).next(),
                OneVm.ID,
                spec,
                Clock.systemUTC().instant());
        store.insert(pending, delivery, asked, null).join();
        return pending;
    }

    @Test
    void aCommandThatRanIsLostToTheRestart() throws Exception {
        Execution running;
        try (Executions before = engine(Clock.systemUTC())) {
            running = before.start(
                    OneVm.ID, ExecutionRequest.of("sleep 600", "0123456789ab"), Deadline.after(Duration.ofSeconds(20)));
        }
        agent.restart();
        try (Stream<Path> files = Files.list(folder.resolve("spool"))) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        try (Executions after = later()) {
            assertThat(end(after, running).state()).isEqualTo(ExecutionState.LOST);
            assertThat(end(after, running).reason()).isEqualTo(Reason.GUEST_RESTARTED);
        }
    }

    @Test
    void whatMayHaveRunIsNotSaidToBeRejected() {
        Execution pending = pending(Delivery.PLAIN, askedNow());
        try (Executions after = later()) {
            assertThat(end(after, pending).state()).isEqualTo(ExecutionState.LOST);
            assertThat(end(after, pending).reason()).isEqualTo(Reason.SERVER_STOPPED);
        }
    }

    @Test
    void aClaimThatTheRestartCutOffIsNotWaitedFor() throws Exception {
        Execution pending = pending(Delivery.PLAIN, askedNow());
        Files.createDirectory(folder.resolve("spool"));
        Files.createFile(folder.resolve("spool").resolve(pending.id() + ".run"));
        try (Executions after = later()) {
            assertThat(end(after, pending).state()).isEqualTo(ExecutionState.LOST);
        }
    }

    @Test
    void whatWaitsForAGuestThatStartsIsRunWhenItHas() throws Exception {
        Execution pending = pending(Delivery.PLAIN.withPatience(AHEAD.multipliedBy(2)), null);
        try (Executions after = later()) {
            assertThat(end(after, pending).state()).isEqualTo(ExecutionState.EXITED);
            assertThat(folder.resolve("ran")).hasContent("ran");
        }
    }
}

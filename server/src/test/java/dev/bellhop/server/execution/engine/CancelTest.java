// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.bellhop.qga.Deadline;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionRequest;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.FakeVm;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.execution.script.ShellGuest;
import dev.bellhop.server.execution.store.FailingStore;
import dev.bellhop.server.execution.store.MemoryStore;
import dev.bellhop.testkit.RealAgent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** A command is to end while its server cannot store that, or stops. */
@Timeout(90)
@Tag("real")
class CancelTest {
    private static final String KEY = "0123456789ab";

    @TempDir
    private Path folder;

    private final MemoryStore disk = new MemoryStore();
    private final FailingStore store = new FailingStore(disk);
    private RealAgent agent;
    private FakeVm vm;
    private TestEngine executions;

    @BeforeEach
    void start() {
        agent = RealAgent.start(folder);
        vm = new FakeVm(agent.socket());
        executions = engine();
    }

    @AfterEach
    void stop() {
        executions.close();
        vm.close();
        agent.close();
    }

    private TestEngine engine() {
        var engine = new TestEngine(store, vm, TestExecutions.supervised(folder.resolve("spool")));
        engine.recover();
        return engine;
    }

    private static Deadline soon() {
        return Deadline.after(Duration.ofSeconds(20));
    }

    private static ConditionFactory eventually() {
        return Awaitility.await().atMost(Duration.ofSeconds(40)).pollInterval(Duration.ofMillis(10));
    }

    private boolean cancel(Execution execution, Duration grace) {
        return executions.cancel(execution.id(), grace, soon());
    }

    private Execution end(Execution execution) {
        return executions
                .find(execution.id(), Duration.ofSeconds(40))
                .orElseThrow()
                .execution();
    }

    @Test
    void aCommandEndsAlthoughItCannotBeStoredThatItIsTo() {
        Execution running = executions.start(FakeVm.ID, TestExecutions.request("sleep 600 & sleep 600", KEY), soon());
        store.failOn(execution -> true);

        assertThat(cancel(running, Duration.ZERO)).isFalse();
        long group = Objects.requireNonNull(running.pid());
        eventually().untilAsserted(() -> assertThat(ShellGuest.group(group)).isEmpty());
        assertThat(disk.find(running.id())).hasValue(running);
        store.work();
        assertThat(end(running).state()).isEqualTo(ExecutionState.CANCELLED);
    }

    @Test
    void oneThatWaitsForItsAgentIsNotStarted() {
        agent.kill();
        var patient = new ExecutionRequest(
                TestExecutions.spec("echo > " + folder.resolve("ran"), KEY),
                TestExecutions.deliveredWithin(Duration.ofMinutes(5)));
        Execution waiting = executions
                .submit(FakeVm.ID, patient, null, Duration.ZERO, soon())
                .execution();
        store.failOn(execution -> true);

        assertThat(cancel(waiting, Duration.ZERO)).isFalse();
        agent.restart();
        store.work();
        assertThat(end(waiting).state()).isEqualTo(ExecutionState.CANCELLED);
        assertThat(folder.resolve("ran")).doesNotExist();
    }

    @Test
    void whatCouldNotBeStoredIsStoredLater() {
        Execution running = executions.start(FakeVm.ID, TestExecutions.request("sleep 600", KEY), soon());
        agent.kill();
        store.failOn(execution -> true);
        assertThat(cancel(running, Duration.ofSeconds(30))).isFalse();
        assertThat(cancel(running, Duration.ofSeconds(30))).isFalse();
        assertThat(cancel(running, Duration.ofSeconds(7))).isFalse();
        store.work();

        eventually()
                .until(() -> Duration.ofSeconds(7)
                        .equals(disk.unfinished().getFirst().cancelGrace()));
        eventually().until(() -> cancel(running, Duration.ofSeconds(9)));
        assertThat(disk.unfinished().getFirst().cancelGrace()).isEqualTo(Duration.ofSeconds(7));
        agent.restartKeepingProcesses();
        assertThat(end(running).state()).isEqualTo(ExecutionState.CANCELLED);
    }

    /** What ends the command is in the guest by then. */
    @Test
    void aServerThatStopsDoesNotWaitForTheGrace() {
        String stubborn = "trap '' TERM; while :; do sleep 0.1; done";
        Execution running = executions.start(FakeVm.ID, TestExecutions.request(stubborn, KEY), soon());
        cancel(running, Duration.ofMinutes(5));
        eventually().until(() -> Files.exists(folder.resolve("spool").resolve(running.id() + ".why")));
        var logged = new ListAppender<ILoggingEvent>();
        logged.start();
        Logger logger = (Logger) LoggerFactory.getLogger(ExecutionRuns.class);
        logger.addAppender(logged);
        try {
            executions.close();
        } finally {
            logger.detachAppender(logged);
        }

        assertThat(logged.list).extracting(ILoggingEvent::getFormattedMessage).isEmpty();
        executions = engine();
        cancel(running, Duration.ZERO);
        assertThat(end(running).state()).isEqualTo(ExecutionState.CANCELLED);
    }
}

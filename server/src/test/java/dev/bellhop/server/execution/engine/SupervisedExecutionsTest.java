// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionMode;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.FakeVm;
import dev.bellhop.server.execution.OutputSize;
import dev.bellhop.testkit.RealAgent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a command under the supervisor gives while it runs, and when it has ended. */
@Tag("real")
class SupervisedExecutionsTest extends SupervisedGuest {
    @Test
    void aShortCommandComesBackWithItsOutput() {
        Execution ended = run(script("echo out; echo err >&2; exit 3"));

        exited(ended, 3);
        assertThat(ended.mode()).isEqualTo(ExecutionMode.SUPERVISED);
        assertThat(stdout(ended)).isEqualTo("out\n");
        assertThat(ended.output()).isEqualTo(new OutputSize(4, 4, false));
    }

    @Test
    void whatItWritesShowsWhileItRuns() throws Exception {
        Execution running = begin(script("echo one; " + until("go") + "; echo two"));

        awaitStdout(running, "one\n");
        assertThat(now(running).state()).isEqualTo(ExecutionState.RUNNING);
        assertThat(now(running).output().stdoutBytes()).isEqualTo(4);
        touch("go");
        exited(end(running), 0);
        assertThat(stdout(running)).isEqualTo("one\ntwo\n");
    }

    /** As many scripts do with their messages. */
    @Test
    void aCommandThatReopensItsOutputLosesNothingRead() throws Exception {
        Execution running = begin(script(
                "echo one; echo two; " + until("go") + "; echo three > /dev/stdout; " + until("end") + "; echo four"));
        awaitStdout(running, "one\ntwo\n");
        touch("go");
        awaitStdout(running, "one\ntwo\nthree\n");
        touch("end");

        exited(end(running), 0);
        assertThat(stdout(running)).isEqualTo("one\ntwo\nthree\nfour\n");
    }

    @Test
    void whoeverFollowsIsWoken() throws Exception {
        Execution running = begin(script(until("go")));
        long seen = executions.await(running.id(), 0, Duration.ZERO);

        assertThat(executions.await(running.id(), seen, Duration.ofMillis(20))).isEqualTo(seen);
        touch("go");
        assertThat(executions.await(running.id(), seen, Duration.ofSeconds(30))).isGreaterThan(seen);
        end(running);
        assertThat(executions.await(running.id(), seen, Duration.ofSeconds(30)))
                .as("at once, since it has ended")
                .isGreaterThan(seen);
    }

    @Test
    void whatACommandLeavesBehindMayWriteOnForEver() throws Exception {
        // Until the test's folder is deleted.
        Execution ended =
                run(script("(while [ -d " + folder + " ]; do echo more; sleep 0.01; done) & head -c 300000 /dev/zero"));

        exited(ended, 0);
        assertThat(ended.output().stdoutBytes()).isGreaterThanOrEqualTo(300_000);
        assertThat(ended.output().truncated()).isFalse();
    }

    @Test
    void aGuestWithoutASpoolRunsCommandsAllTheSame() throws Exception {
        Files.createSymbolicLink(folder.resolve("spool"), folder);
        Execution ended = run(script("echo out"));

        exited(ended, 0);
        assertThat(ended.mode()).isEqualTo(ExecutionMode.DIRECT);
        assertThat(stdout(ended)).isEqualTo("out\n");
    }

    @Test
    void anAgentThatBlocksFileCallsRunsCommandsAllTheSame() throws Exception {
        Path other = Files.createDirectory(folder.resolve("b"));
        agent.close();
        vm.close();
        agent = RealAgent.start(other, "-b", "guest-file-open,guest-file-read");
        vm = new FakeVm(agent.socket());
        restartServer();
        Execution ended = run(script("echo out"));

        exited(ended, 0);
        assertThat(ended.mode()).isEqualTo(ExecutionMode.DIRECT);
    }
}

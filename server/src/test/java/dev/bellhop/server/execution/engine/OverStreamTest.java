// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionRequest;
import dev.bellhop.server.execution.StdinPiece;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.stream.PortedVm;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Runs the tests of supervised commands with commands that are started over a stream. */
@Tag("real")
class OverStreamTest {
    @Nested
    class Ends extends SupervisedEndsTest {
        @Override
        boolean overStream() {
            return true;
        }
    }

    @Nested
    class Executions extends SupervisedExecutionsTest {
        @Override
        boolean overStream() {
            return true;
        }
    }

    @Nested
    class InSpool extends SupervisedFilesTest {
        @Override
        boolean overStream() {
            return true;
        }

        /** No file is kept open. */
        @Override
        void whatAKilledServerHasLeftOpenIsClosed() {}
    }

    @Nested
    class Input extends SupervisedInputTest {
        @Override
        boolean overStream() {
            return true;
        }

        /** The agent makes files that all may read. */
        @Test
        void stdinGoesOverTheStream() throws Exception {
            Execution running = begin(new ExecutionRequest(
                    TestExecutions.spec("cat; " + until("go"), KEY), TestExecutions.stdinFollowing(Duration.ZERO)));
            Path spool = folder.resolve("spool");
            // Before its supervisor has made this file, stdin goes to the agent, which may find it.
            eventually().until(() -> Files.exists(spool.resolve(running.id() + ".in")));
            byte[] large = new byte[600_000];
            assertThat(executions.writeStdin(running.id(), new StdinPiece(0, large, true), () -> {}, soon()))
                    .isEqualTo(large.length);
            assertThat(Files.getPosixFilePermissions(spool.resolve(running.id() + ".eof")))
                    .containsExactlyInAnyOrder(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
            touch("go");
            exited(end(running), 0);
            assertThat(stdout(running)).isEqualTo(new String(large, StandardCharsets.US_ASCII));
        }

        @Test
        void streamThatIsLostLeavesStdinToTheAgent() throws Exception {
            Execution running = begin(new ExecutionRequest(
                    TestExecutions.spec("cat", KEY), TestExecutions.stdinFollowing(Duration.ZERO)));
            byte[] first = "one\n".getBytes(StandardCharsets.US_ASCII);
            assertThat(executions.writeStdin(running.id(), new StdinPiece(0, first, false), () -> {}, soon()))
                    .isEqualTo(4);
            Objects.requireNonNull(streams).forget(PortedVm.ID);
            byte[] both = "one\ntwo\n".getBytes(StandardCharsets.US_ASCII);
            assertThat(executions.writeStdin(running.id(), new StdinPiece(0, both, true), () -> {}, soon()))
                    .isEqualTo(8);
            exited(end(running), 0);
            assertThat(stdout(running)).isEqualTo("one\ntwo\n");
        }
    }

    @Nested
    class Restarts extends SupervisedRestartsTest {
        @Override
        boolean overStream() {
            return true;
        }
    }

    @Nested
    class Starts extends SupervisedStartsTest {
        @Override
        boolean overStream() {
            return true;
        }

        /** The agent is not asked; {@link LostStreamTest} has the same of a stream. */
        @Override
        void aStartWhoseReplyIsLostIsFoundInTheGuest() {}
    }

    @Nested
    class RestartedGuest extends RestartedGuestTest {
        @Override
        boolean overStream() {
            return true;
        }
    }

    @Nested
    class Crowded extends CrowdedGuestTest {
        @Override
        boolean overStream() {
            return true;
        }
    }

    @Nested
    class ClockJump extends ClockJumpTest {
        @Override
        boolean overStream() {
            return true;
        }
    }
}

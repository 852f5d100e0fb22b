// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;

/** All that holds for supervised commands holds where they are started over a stream. */
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
    class Files extends SupervisedFilesTest {
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

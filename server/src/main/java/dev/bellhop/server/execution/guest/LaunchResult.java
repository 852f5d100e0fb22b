// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.guest;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.RpcMissingException;
import dev.bellhop.server.execution.ExecutionMode;
import dev.bellhop.server.execution.Reason;
import dev.bellhop.server.failure.BellhopException;

/** What came of asking a guest to start a command. */
public sealed interface LaunchResult {
    record Started(ExecutionMode mode, long pid) implements LaunchResult {}

    /** Its supervisor was started. It runs nothing before it has all of the stdin. */
    record StdinUnderWay(long pid) implements LaunchResult {}

    /** It was certainly not started. */
    record NotStarted(AgentException trouble) implements LaunchResult {
        /** Whether the same may work later: an agent disables most of its calls while file systems are frozen. */
        public boolean mayPass() {
            return !(trouble instanceof AgentErrorException || trouble instanceof RpcMissingException);
        }
    }

    /** The guest was not asked: what it takes could not be read, or the intent could not be stored. */
    record NotStored(BellhopException why) implements LaunchResult {}

    record NotAllowed(BellhopException why) implements LaunchResult {}

    /** What is to be run is not what was approved, or the guest cannot run it as asked. */
    record NotRunnable(Reason reason, BellhopException why) implements LaunchResult {}

    /** It may have been started. If it is supervised, the guest can tell. */
    record Unconfirmed(ExecutionMode mode, AgentException trouble) implements LaunchResult {}
}

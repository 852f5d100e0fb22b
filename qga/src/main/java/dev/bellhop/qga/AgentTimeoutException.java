// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

import org.jspecify.annotations.Nullable;

/** The deadline passed before the call ended. */
public final class AgentTimeoutException extends AgentException {

    private static final long serialVersionUID = 1L;

    /** What a call was waiting for when its deadline passed. */
    public enum Stage {
        /** Earlier calls to the same agent. */
        TURN("earlier calls to the same agent took all the time there was"),
        /** As {@link #TURN}, behind a call that has gone unanswered for a second or more: the agent hangs. */
        BLOCKED("the agent does not answer an earlier call"),
        /**
         * The agent's answer to the greeting of a new connection. There is none if the agent does not run, hangs, or serves
         * another client: it serves one at a time.
         */
        GREETING("the agent did not answer in time: it may not run, or hang, or serve another client"),
        /** The agent to read the whole request. */
        SENDING("the agent did not take in the request in time"),
        /** The reply. */
        REPLY("the agent did not reply in time"),
        /** Room in the {@link ReplyBudget} for a large reply. */
        MEMORY("there was no room in time for a large reply beside those of other agents");

        private final String why;

        Stage(String why) {
            this.why = why;
        }
    }

    /** What the call was waiting for. */
    private final Stage stage;

    public AgentTimeoutException(Stage stage, String rpc, boolean mayHaveActed, @Nullable Throwable cause) {
        super("Cannot complete " + rpc + " because " + stage.why, mayHaveActed, cause);
        this.stage = stage;
    }

    /** What the call was waiting for when its deadline passed. */
    public Stage stage() {
        return stage;
    }
}

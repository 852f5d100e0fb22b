// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.script;

import dev.bellhop.server.execution.ExecutionId;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/** What can be done to the processes of an execution that runs. */
public enum GroupAction {
    CANCEL,
    SIGNAL;

    public enum Outcome {
        /** A cancel: no process is left, and the spool has an end. */
        GONE,
        /** A signal: it was sent. */
        SENT,
        /** Processes are left that even KILL has not ended, or the signal could not be sent. */
        LEFT,
        /** The command had ended before. */
        ENDED,
        /** There is nothing: it was not started, or has gone without an end. */
        ABSENT
    }

    /** Reads what the script printed; empty unless it is this action's on this execution and of exactly that form. */
    public Optional<Outcome> parse(byte[] stdout, ExecutionId id) {
        if (stdout.length > 128) {
            return Optional.empty();
        }
        String line = new String(stdout, StandardCharsets.ISO_8859_1);
        for (Outcome outcome : Outcome.values()) {
            if (line.equals(
                    "bellhop " + id + " " + word() + " " + outcome.name().toLowerCase(Locale.ROOT) + "\n")) {
                return Optional.of(outcome);
            }
        }
        return Optional.empty();
    }

    private String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}

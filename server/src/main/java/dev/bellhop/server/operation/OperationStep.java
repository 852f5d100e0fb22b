// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.operation;

import dev.bellhop.server.failure.WireName;
import java.time.Instant;

/**
 * One step of an operation. It is stored before it is taken, so that a server that resumes another server's operation
 * knows what may have been done.
 *
 * @param at when it was begun, in whole milliseconds
 */
public record OperationStep(Kind kind, Instant at) {
    /** The kinds of step, each with the operation's progress at that step in percent. */
    public enum Kind implements WireName {
        ASKING_AGENT(10, "Asking the guest agent to shut the guest down"),
        PRESSING_BUTTON(30, "Pressing the power button (ACPI)"),
        PULLING_PLUG(45, "Switching the VM off"),
        OFF(55, "The VM is off"),
        STARTING(70, "Starting the VM"),
        RESETTING(70, "Pressing the reset button");

        private final int progress;
        private final String words;

        Kind(int progress, String words) {
            this.progress = progress;
            this.words = words;
        }

        int progress() {
            return progress;
        }

        String words() {
            return words;
        }
    }
}

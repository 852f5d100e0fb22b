// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.vm;

import java.time.Instant;
import java.util.Objects;

/**
 * A step of an operation.
 *
 * @param name {@code asking_agent}, {@code pressing_button}, {@code pulling_plug}, {@code off}, {@code starting} or
 *     {@code resetting}
 * @param at when it was begun
 */
public record OperationStep(String name, Instant at) {

    public OperationStep {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(at, "at");
    }
}

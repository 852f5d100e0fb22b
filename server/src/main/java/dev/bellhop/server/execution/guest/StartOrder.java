// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.guest;

import dev.bellhop.server.execution.Execution;

/**
 * One execution that a guest is to start.
 *
 * @param check called right before the guest is asked: throws a {@code BellhopException} if it may not be
 */
public record StartOrder(Execution execution, StartOptionsLoader source, StartIntentLog intents, Runnable check) {}

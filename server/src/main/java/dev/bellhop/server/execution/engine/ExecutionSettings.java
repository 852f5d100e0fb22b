// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import dev.bellhop.server.execution.guest.GuestSettings;

/** What an operator can choose about executions. */
public record ExecutionSettings(GuestSettings guests, ExecutionLimits limits) {}

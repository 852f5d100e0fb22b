// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import dev.bellhop.server.execution.follow.GuestProcessFactory;
import dev.bellhop.server.execution.guest.Guests;
import dev.bellhop.server.execution.store.ExecutionJournal;
import dev.bellhop.server.guest.AgentHealth;
import java.time.Clock;
import java.util.function.LongSupplier;

/**
 * What starts of commands share.
 *
 * @param clock of whole milliseconds
 */
record StartServices(
        ExecutionJournal journal,
        Guests guests,
        GuestProcessFactory processes,
        AgentHealth health,
        StartCheck mayStart,
        Shutdown shutdown,
        Clock clock,
        LongSupplier nanoTime) {}

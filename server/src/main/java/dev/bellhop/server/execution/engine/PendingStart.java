// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.execution.StartIntent;
import dev.bellhop.server.execution.guest.StartOptionsLoader;
import org.jspecify.annotations.Nullable;

/**
 * An execution that is to be started.
 *
 * @param intent what is stored of its guest being asked; absent if no guest has heard of it
 * @param recovered whether an earlier server has left it, and may have asked
 * @param deadline of the first attempt, if it starts at once
 */
record PendingStart(StartOptionsLoader source, @Nullable StartIntent intent, boolean recovered, Deadline deadline) {}

// SPDX-License-Identifier: Apache-2.0
/** The engine: admits executions, runs each on a thread of its own to its end, cancels and approves, and recovers after a restart. */
@NullMarked
package dev.bellhop.server.execution.engine;

import org.jspecify.annotations.NullMarked;

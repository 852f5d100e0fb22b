// SPDX-License-Identifier: Apache-2.0
/** One guest: its lane of agent calls, its processes, its spool and the stdin of its commands. */
@NullMarked
package dev.bellhop.server.execution.guest;

import org.jspecify.annotations.NullMarked;

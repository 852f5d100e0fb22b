// SPDX-License-Identifier: Apache-2.0
/** Commands in VMs: the values, ids and states of executions. */
@NullMarked
package dev.bellhop.server.execution;

import org.jspecify.annotations.NullMarked;

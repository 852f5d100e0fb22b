// SPDX-License-Identifier: Apache-2.0
/** Commands in VMs: the values, ids and states of executions, and the contract of their store. */
@NullMarked
package dev.bellhop.server.execution;

import org.jspecify.annotations.NullMarked;

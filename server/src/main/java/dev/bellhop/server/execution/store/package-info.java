// SPDX-License-Identifier: Apache-2.0
/** The contract of the store of executions: what is read, taken in and written down of them, and how much of it an account may have. */
@NullMarked
package dev.bellhop.server.execution.store;

import org.jspecify.annotations.NullMarked;

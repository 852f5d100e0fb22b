// SPDX-License-Identifier: Apache-2.0
/** Executions of the v2 API: what is asked for, and what is answered. */
@NullMarked
package dev.bellhop.api.v2.execution;

import org.jspecify.annotations.NullMarked;

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.execution;

import org.jspecify.annotations.Nullable;

/**
 * The body of {@code POST …/actions/cancel}, which may be left out.
 *
 * @param graceSeconds how long the command has to end after TERM, 0 to 300; absent for 10
 */
public record CancelExecution(@Nullable Integer graceSeconds) {}

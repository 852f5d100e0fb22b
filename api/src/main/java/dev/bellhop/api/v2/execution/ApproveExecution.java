// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.execution;

import org.jspecify.annotations.Nullable;

/**
 * The body of {@code POST …/actions/approve}.
 *
 * @param digest that of the request that was seen, from {@link ExecutionApproval#digest}; required
 */
public record ApproveExecution(@Nullable String digest) {}

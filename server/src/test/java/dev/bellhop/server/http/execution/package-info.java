// SPDX-License-Identifier: Apache-2.0
/** Executions over HTTP. */
@NullMarked
package dev.bellhop.server.http.execution;

import org.jspecify.annotations.NullMarked;

// SPDX-License-Identifier: Apache-2.0
/** The output of executions over HTTP, and what of it is masked. */
@NullMarked
package dev.bellhop.server.http.output;

import org.jspecify.annotations.NullMarked;

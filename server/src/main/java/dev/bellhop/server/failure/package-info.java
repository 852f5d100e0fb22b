// SPDX-License-Identifier: Apache-2.0
/** Failures with stable codes, independent of HTTP. */
@NullMarked
package dev.bellhop.server.failure;

import org.jspecify.annotations.NullMarked;

// SPDX-License-Identifier: Apache-2.0
/** Follows one process in its guest: reads its output and its end, and decides how often to ask. */
@NullMarked
package dev.bellhop.server.execution.follow;

import org.jspecify.annotations.NullMarked;

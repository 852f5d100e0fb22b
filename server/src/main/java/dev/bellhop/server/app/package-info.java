// SPDX-License-Identifier: Apache-2.0
/** Wiring, start and stop. */
@NullMarked
package dev.bellhop.server.app;

import org.jspecify.annotations.NullMarked;

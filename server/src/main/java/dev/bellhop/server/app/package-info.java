// SPDX-License-Identifier: Apache-2.0
/** Configuration, wiring, start and stop. */
@NullMarked
package dev.bellhop.server.app;

import org.jspecify.annotations.NullMarked;

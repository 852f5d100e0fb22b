// SPDX-License-Identifier: Apache-2.0
/** The clocks of guests, and how to set them. */
@NullMarked
package dev.bellhop.server.clock;

import org.jspecify.annotations.NullMarked;

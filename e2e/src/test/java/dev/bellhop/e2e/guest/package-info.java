// SPDX-License-Identifier: Apache-2.0
/** Guests as people have them: what is done to them, and what they do to commands. */
@NullMarked
package dev.bellhop.e2e.guest;

import org.jspecify.annotations.NullMarked;

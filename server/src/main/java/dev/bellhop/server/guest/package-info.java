// SPDX-License-Identifier: Apache-2.0
/** Guests' reports of themselves, and whether commands can be run in them, why not, and since when. */
@NullMarked
package dev.bellhop.server.guest;

import org.jspecify.annotations.NullMarked;

// SPDX-License-Identifier: Apache-2.0
/**
 * Terminals in guests. {@link dev.bellhop.server.terminal.Ptys} is the seam to the guests. This package keeps the
 * output for reconnecting clients, the viewers and the tickets of each terminal while it lives.
 */
@NullMarked
package dev.bellhop.server.terminal;

import org.jspecify.annotations.NullMarked;

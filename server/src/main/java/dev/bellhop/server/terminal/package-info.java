// SPDX-License-Identifier: Apache-2.0
/**
 * Terminals in guests: what a pty is asked for ({@link dev.bellhop.server.terminal.Ptys}, the seam), and what lives as long as a
 * terminal does: its output for those who come back, its viewers and its tickets.
 */
@NullMarked
package dev.bellhop.server.terminal;

import org.jspecify.annotations.NullMarked;

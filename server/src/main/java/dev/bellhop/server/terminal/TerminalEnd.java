// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal;

import java.time.Instant;

/**
 * The end of a terminal.
 *
 * @param pty how its command ended; after a hang-up, the effect of the hang-up on it
 */
public record TerminalEnd(EndReason reason, PtyEnd pty, Instant at) {}

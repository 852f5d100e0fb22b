// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal;

import java.time.Instant;

/**
 * How and when a terminal ended.
 *
 * @param pty how its command did; of one that was hung up, what the hang-up made of it
 */
public record TerminalEnd(EndReason reason, PtyEnd pty, Instant at) {}

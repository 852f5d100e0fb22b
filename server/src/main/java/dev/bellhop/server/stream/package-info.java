// SPDX-License-Identifier: Apache-2.0
/**
 * Streams into guests: commands, terminals, TCP connections and files over a serial port beside the agent's. A script
 * in the guest, {@code multiplexer.pl} or {@code multiplexer.py}, is the other end.
 */
@NullMarked
package dev.bellhop.server.stream;

import org.jspecify.annotations.NullMarked;

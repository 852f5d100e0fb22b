// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

/**
 * The position in a file in the guest after a seek.
 *
 * @param position in bytes from the start of the file
 * @param endOfFile as the agent reports it; a seek clears it, so it says little
 */
public record FileSeek(long position, boolean endOfFile) {}

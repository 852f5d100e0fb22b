// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

/**
 * Where a file in the guest stands after a seek.
 *
 * @param position in bytes from the start of the file
 * @param endOfFile what the agent says of the end; a seek clears it, so it says little
 */
public record FileSeek(long position, boolean endOfFile) {}

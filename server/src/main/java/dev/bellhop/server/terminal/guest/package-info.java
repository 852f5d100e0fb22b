// SPDX-License-Identifier: Apache-2.0
/**
 * Ptys over streams, or over the calls of a guest's agent. The bridges, scripts that hold a pty in the guest, are in
 * the same folder of the resources.
 */
@NullMarked
package dev.bellhop.server.terminal.guest;

import org.jspecify.annotations.NullMarked;

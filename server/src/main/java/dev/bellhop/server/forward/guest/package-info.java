// SPDX-License-Identifier: Apache-2.0
/**
 * Connections that the guests of this process make: over a stream into the guest, or by a process there whose terminal is the way to it.
 */
@NullMarked
package dev.bellhop.server.forward.guest;

import org.jspecify.annotations.NullMarked;

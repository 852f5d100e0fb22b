// SPDX-License-Identifier: Apache-2.0
/**
 * Connections that the guests of this process make: over a stream into the guest, or through a relay process in the
 * guest, reached over its terminal.
 */
@NullMarked
package dev.bellhop.server.forward.guest;

import org.jspecify.annotations.NullMarked;

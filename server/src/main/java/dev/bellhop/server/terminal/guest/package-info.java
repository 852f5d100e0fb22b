// SPDX-License-Identifier: Apache-2.0
/** Ptys over streams, or by the calls of a guest's agent. The bridges, which hold a pty in the guest, lie in the same folder of the resources. */
@NullMarked
package dev.bellhop.server.terminal.guest;

import org.jspecify.annotations.NullMarked;

// SPDX-License-Identifier: Apache-2.0
/**
 * TCP connections that begin in guests: what is asked of a guest for one ({@link dev.bellhop.server.forward.TcpConnections}, the seam),
 * and what lives as long as it does ({@link dev.bellhop.server.forward.Forward}).
 */
@NullMarked
package dev.bellhop.server.forward;

import org.jspecify.annotations.NullMarked;

// SPDX-License-Identifier: Apache-2.0
/**
 * TCP connections that begin in guests. {@link dev.bellhop.server.forward.TcpConnections} is the seam to the guests;
 * {@link dev.bellhop.server.forward.Forward} is one open connection.
 */
@NullMarked
package dev.bellhop.server.forward;

import org.jspecify.annotations.NullMarked;

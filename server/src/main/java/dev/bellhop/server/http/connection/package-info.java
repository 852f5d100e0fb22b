// SPDX-License-Identifier: Apache-2.0
/** Connections of clients: their number, timeouts, input limits and origin. */
@NullMarked
package dev.bellhop.server.http.connection;

import org.jspecify.annotations.NullMarked;

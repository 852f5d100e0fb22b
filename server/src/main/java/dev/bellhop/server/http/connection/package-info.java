// SPDX-License-Identifier: Apache-2.0
/** Connections of clients: how many there may be, how long they may take, what they may send, and whose they are. */
@NullMarked
package dev.bellhop.server.http.connection;

import org.jspecify.annotations.NullMarked;

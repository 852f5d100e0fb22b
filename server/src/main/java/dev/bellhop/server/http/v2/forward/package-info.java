// SPDX-License-Identifier: Apache-2.0
/** Forwarded connections over HTTP, and their WebSockets. */
@NullMarked
package dev.bellhop.server.http.v2.forward;

import org.jspecify.annotations.NullMarked;

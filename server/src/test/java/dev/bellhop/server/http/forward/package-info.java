// SPDX-License-Identifier: Apache-2.0
/** Forwarded connections over HTTP. */
@NullMarked
package dev.bellhop.server.http.forward;

import org.jspecify.annotations.NullMarked;

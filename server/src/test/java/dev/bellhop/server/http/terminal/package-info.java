// SPDX-License-Identifier: Apache-2.0
/** Terminals and their recordings over HTTP. */
@NullMarked
package dev.bellhop.server.http.terminal;

import org.jspecify.annotations.NullMarked;

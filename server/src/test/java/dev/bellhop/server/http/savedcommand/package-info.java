// SPDX-License-Identifier: Apache-2.0
/** Saved commands over HTTP. */
@NullMarked
package dev.bellhop.server.http.savedcommand;

import org.jspecify.annotations.NullMarked;

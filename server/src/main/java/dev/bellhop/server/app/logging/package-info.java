// SPDX-License-Identifier: Apache-2.0
/** The log of the process: lines on stderr, from Bellhop and from libraries. */
@NullMarked
package dev.bellhop.server.app.logging;

import org.jspecify.annotations.NullMarked;

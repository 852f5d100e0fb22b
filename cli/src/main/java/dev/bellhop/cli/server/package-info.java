// SPDX-License-Identifier: Apache-2.0
/** The server itself: run it, and rotate the keys that it encrypts with. */
@NullMarked
package dev.bellhop.cli.server;

import org.jspecify.annotations.NullMarked;

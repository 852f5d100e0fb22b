// SPDX-License-Identifier: Apache-2.0
/** The wire form of terminals. */
@NullMarked
package dev.bellhop.api.v2.terminal;

import org.jspecify.annotations.NullMarked;

// SPDX-License-Identifier: Apache-2.0
/** What programs draw in terminals. */
@NullMarked
package dev.bellhop.e2e.terminal;

import org.jspecify.annotations.NullMarked;

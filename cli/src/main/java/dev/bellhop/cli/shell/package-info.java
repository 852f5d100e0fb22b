// SPDX-License-Identifier: Apache-2.0
/** Sitting at a terminal in a guest. */
@NullMarked
package dev.bellhop.cli.shell;

import org.jspecify.annotations.NullMarked;

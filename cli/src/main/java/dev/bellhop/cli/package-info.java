// SPDX-License-Identifier: Apache-2.0
/** The bellhop command, one class a subcommand. */
@NullMarked
package dev.bellhop.cli;

import org.jspecify.annotations.NullMarked;

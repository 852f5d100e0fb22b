// SPDX-License-Identifier: Apache-2.0
/** Tests of the bellhop command. */
@NullMarked
package dev.bellhop.cli;

import org.jspecify.annotations.NullMarked;

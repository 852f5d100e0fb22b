// SPDX-License-Identifier: Apache-2.0
/** The output of commands. */
@NullMarked
package dev.bellhop.bench.output;

import org.jspecify.annotations.NullMarked;

// SPDX-License-Identifier: Apache-2.0
/** One command at a time. */
@NullMarked
package dev.bellhop.bench.command;

import org.jspecify.annotations.NullMarked;

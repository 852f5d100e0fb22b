// SPDX-License-Identifier: Apache-2.0
/** Floors: the same work done with as little as possible. */
@NullMarked
package dev.bellhop.bench.floor;

import org.jspecify.annotations.NullMarked;

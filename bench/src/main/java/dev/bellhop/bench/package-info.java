// SPDX-License-Identifier: Apache-2.0
/** Side-by-side benchmarks. */
@NullMarked
package dev.bellhop.bench;

import org.jspecify.annotations.NullMarked;

// SPDX-License-Identifier: Apache-2.0
/** Side-by-side benchmarks: each figure stands beside a floor that was measured in the same run. See bench/README.md. */
@NullMarked
package dev.bellhop.bench;

import org.jspecify.annotations.NullMarked;

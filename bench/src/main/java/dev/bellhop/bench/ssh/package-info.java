// SPDX-License-Identifier: Apache-2.0
/** Measures the SSH door. */
@NullMarked
package dev.bellhop.bench.ssh;

import org.jspecify.annotations.NullMarked;

// SPDX-License-Identifier: Apache-2.0
/** What a benchmark is, and how it times things and tells what it found. */
@NullMarked
package dev.bellhop.bench.measure;

import org.jspecify.annotations.NullMarked;

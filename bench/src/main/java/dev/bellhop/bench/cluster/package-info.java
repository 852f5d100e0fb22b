// SPDX-License-Identifier: Apache-2.0
/** Clusters of real processes. */
@NullMarked
package dev.bellhop.bench.cluster;

import org.jspecify.annotations.NullMarked;

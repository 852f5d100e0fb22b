// SPDX-License-Identifier: Apache-2.0
/** A cluster of real processes, in health and in trouble. */
@NullMarked
package dev.bellhop.e2e.cluster;

import org.jspecify.annotations.NullMarked;

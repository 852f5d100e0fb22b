// SPDX-License-Identifier: Apache-2.0
/** End-to-end tests against real virtual machines. */
@NullMarked
package dev.bellhop.e2e;

import org.jspecify.annotations.NullMarked;

// SPDX-License-Identifier: Apache-2.0
/** When to try again. Servers and clients share it. */
@NullMarked
package dev.bellhop.api.retry;

import org.jspecify.annotations.NullMarked;

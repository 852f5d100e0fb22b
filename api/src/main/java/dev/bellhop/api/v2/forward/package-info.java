// SPDX-License-Identifier: Apache-2.0
/** The wire form of forwarded connections. */
@NullMarked
package dev.bellhop.api.v2.forward;

import org.jspecify.annotations.NullMarked;

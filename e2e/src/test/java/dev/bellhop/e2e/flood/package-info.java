// SPDX-License-Identifier: Apache-2.0
/** More connections than a server can take. */
@NullMarked
package dev.bellhop.e2e.flood;

import org.jspecify.annotations.NullMarked;

// SPDX-License-Identifier: Apache-2.0
/** Fair sharing of scarce resources. */
@NullMarked
package dev.bellhop.server.limit;

import org.jspecify.annotations.NullMarked;

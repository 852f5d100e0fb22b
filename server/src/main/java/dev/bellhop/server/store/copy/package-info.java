// SPDX-License-Identifier: Apache-2.0
/** Copies all of one database into another of another kind. */
@NullMarked
package dev.bellhop.server.store.copy;

import org.jspecify.annotations.NullMarked;

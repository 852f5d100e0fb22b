// SPDX-License-Identifier: Apache-2.0
/** SQL implementations, for all databases, of the store contracts in other packages. */
@NullMarked
package dev.bellhop.server.store.sql;

import org.jspecify.annotations.NullMarked;

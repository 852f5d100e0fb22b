// SPDX-License-Identifier: Apache-2.0
/** SQLite behind the contracts of the packages that own them. */
@NullMarked
package dev.bellhop.server.store;

import org.jspecify.annotations.NullMarked;

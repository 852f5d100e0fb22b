// SPDX-License-Identifier: Apache-2.0
/**
 * The contracts of the packages that own them, in SQLite: one file, one writer that commits in groups, a few readers. What is
 * particular to SQLite's SQL stands here.
 */
@NullMarked
package dev.bellhop.server.store.sqlite;

import org.jspecify.annotations.NullMarked;

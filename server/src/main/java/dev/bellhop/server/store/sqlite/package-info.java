// SPDX-License-Identifier: Apache-2.0
/**
 * SQLite implementations of the store contracts: one file, one writer that commits in groups, a few readers. Includes
 * the SQL that is particular to SQLite.
 */
@NullMarked
package dev.bellhop.server.store.sqlite;

import org.jspecify.annotations.NullMarked;

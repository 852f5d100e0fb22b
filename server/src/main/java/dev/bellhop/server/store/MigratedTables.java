// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

/**
 * What a migration has done to a database.
 *
 * @param before the version of its tables; 0 where there were none
 * @param now their version, which is the same where nothing was to be done
 */
public record MigratedTables(int before, int now) {}

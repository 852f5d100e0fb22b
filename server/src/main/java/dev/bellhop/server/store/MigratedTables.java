// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

/**
 * The result of a migration.
 *
 * @param before the version of the tables before it; 0 without tables
 * @param now the version after it; unchanged if there was nothing to do
 */
public record MigratedTables(int before, int now) {}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.postgres;

import dev.bellhop.server.store.Dialect;

/** The dialect of PostgreSQL, which chooses indexes by itself and sorts only on request. */
final class PostgresDialect implements Dialect {
    @Override
    public String by(String table, String index) {
        return table;
    }

    @Override
    public String byKey(String table) {
        return table;
    }

    @Override
    public String rowsOf(String table, String scan, String rest) {
        return "SELECT " + table + ".* FROM (" + scan + ") AS scanned JOIN " + table + " ON " + table
                + ".id = scanned.id" + rest + " ORDER BY scanned.id DESC";
    }

    @Override
    public String check() {
        return "UPDATE encryption SET renewed_by = renewed_by";
    }
}

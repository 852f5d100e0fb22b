// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import dev.bellhop.server.store.Dialect;

/** SQLite keeps few statistics, so that queries say by which index they go. */
final class SqliteDialect implements Dialect {
    @Override
    public String by(String table, String index) {
        return table + " INDEXED BY " + index;
    }

    @Override
    public String byKey(String table) {
        return table + " NOT INDEXED";
    }

    /** The cross join is SQLite's way to say which of the two is gone through, and its order is that of the result. */
    @Override
    public String rowsOf(String table, String scan, String rest) {
        return "SELECT " + table + ".* FROM (" + scan + ") AS scanned CROSS JOIN " + table + " ON " + table
                + ".id = scanned.id" + rest;
    }

    /** A number in the file's header that SQLite leaves to applications. */
    @Override
    public String check() {
        return "PRAGMA user_version = 0";
    }
}

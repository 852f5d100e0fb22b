// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import dev.bellhop.server.store.Dialect;

/** The dialect of SQLite, which keeps few statistics: queries name their indexes. */
final class SqliteDialect implements Dialect {
    @Override
    public String by(String table, String index) {
        return table + " INDEXED BY " + index;
    }

    @Override
    public String byKey(String table) {
        return table + " NOT INDEXED";
    }

    /** Uses a cross join, because SQLite then scans the left side first and keeps its order. */
    @Override
    public String rowsOf(String table, String scan, String rest) {
        return "SELECT " + table + ".* FROM (" + scan + ") AS scanned CROSS JOIN " + table + " ON " + table
                + ".id = scanned.id" + rest;
    }

    /** Writes a number in the file's header that SQLite reserves for applications. */
    @Override
    public String check() {
        return "PRAGMA user_version = 0";
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

/** Where the SQL of databases differs. All other statements are the same text for each. */
public interface Dialect {
    /** A table with the index that a query is to go through. Databases that decide by themselves get no hint. */
    String by(String table, String index);

    /** A table that a query is to go through by its primary key. */
    String byKey(String table);

    /**
     * Joins what a subquery "scanned" found with the rows of its ids, in the order of the scan: newest first.
     *
     * @param table of these rows
     * @param rest conditions on the rows, with their WHERE; empty for none
     */
    String rowsOf(String table, String scan, String rest);

    /** Writes something that means nothing, as durably as all else. */
    String check();
}

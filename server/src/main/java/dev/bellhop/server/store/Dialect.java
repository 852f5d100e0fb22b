// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

/** Differences between the SQL of the databases. All other statements are the same for each. */
public interface Dialect {
    /** Names a table with the index that a query must use. Databases that choose by themselves get no hint. */
    String by(String table, String index);

    /** Names a table that a query must scan by its primary key. */
    String byKey(String table);

    /**
     * Joins the results of a subquery "scanned" with the rows of their ids, in the order of the scan: newest first.
     *
     * @param table the table of these rows
     * @param rest conditions on the rows, with their WHERE; empty for none
     */
    String rowsOf(String table, String scan, String rest);

    /** Returns a statement that writes nothing of value, as durably as any other write. */
    String check();
}

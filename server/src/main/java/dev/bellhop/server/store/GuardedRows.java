// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A table each of whose rows has a MAC, in its column {@code mac}, of these columns: what they say decides what keys may do,
 * whose VMs are whose, or what is done to a VM, and must be the server's own word. A row that is as it was at another time has
 * a MAC that fits, too.
 *
 * @param what a row is, for people; its first column says which
 */
public record GuardedRows(String what, List<String> columns) {
    public static final GuardedRows KEYS = new GuardedRows(
            "row of key",
            List.of(
                    "id",
                    "name",
                    "account_id",
                    "secret_hash",
                    "scopes",
                    "vms",
                    "networks",
                    "created_at",
                    "expires_at",
                    "revoked_at",
                    "secret_number",
                    "old_secret_hash",
                    "old_secret_until",
                    "policy",
                    "labels"));

    public static final GuardedRows ACCOUNTS =
            new GuardedRows("row of account", List.of("id", "name", "created_at", "policy"));

    public static final GuardedRows OWNERS = new GuardedRows("owner of VM", List.of("vmid", "account_id"));

    public static final GuardedRows JOBS = new GuardedRows(
            "row of operation",
            List.of(
                    "id",
                    "vmid",
                    "action",
                    "force",
                    "grace_seconds",
                    "key_id",
                    "account_id",
                    "idempotency_name",
                    "state",
                    "steps",
                    "failure",
                    "created_at",
                    "finished_at"));

    /** What the MAC of a row is made of. */
    public String text(ResultSet row) throws SQLException {
        List<@Nullable Object> values = new ArrayList<>();
        for (String column : columns) {
            values.add(row.getObject(column));
        }
        return text(values);
    }

    /** The same of a row that is to be written: the values of its columns, in their order. */
    public String text(List<@Nullable Object> values) {
        if (values.size() != columns.size()) {
            throw new IllegalArgumentException("a value for each column");
        }
        return text(what + " " + values.getFirst(), values);
    }

    /** A text that no other values have. */
    public static String text(String firstLine, List<@Nullable Object> values) {
        StringBuilder text = new StringBuilder(firstLine);
        for (Object value : values) {
            text.append('\n');
            if (value != null) {
                String one = one(value);
                text.append(one.length()).append(':').append(one);
            }
        }
        return text.toString();
    }

    private static String one(Object value) {
        return switch (value) {
            case Boolean yes -> yes ? "1" : "0";
            case byte[] bytes -> HexFormat.of().formatHex(bytes);
            case Number number -> Long.toString(number.longValue());
            default -> value.toString();
        };
    }
}

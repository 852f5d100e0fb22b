// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.content;

import dev.bellhop.server.encryption.ContentCipher;
import dev.bellhop.server.store.WriteConnection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A table whose rows have a MAC over the columns listed here, in the column {@code mac}. These rows decide what keys
 * may do, who owns VMs, or which operations run on a VM, so only the server may write them. The MAC also accepts an
 * older state of the same row. The first column identifies the row.
 *
 * @param what the name of a row in messages
 * @param later the columns that rows of older versions lacked; if one is absent, the MAC is computed without it
 */
public record GuardedTable(String name, String what, List<String> columns, Set<String> later) {
    public static final GuardedTable KEYS = of(
            "keys",
            "row of key",
            "id, name, account_id, secret_hash, scopes, vms, networks, created_at, expires_at, revoked_at, secret_number,"
                    + " old_secret_hash, old_secret_until, policy, labels");

    public static final GuardedTable ACCOUNTS = of("accounts", "row of account", "id, name, created_at, policy");

    public static final GuardedTable OWNERS = of("account_vms", "owner of VM", "vmid, account_id");

    public static final GuardedTable OPERATIONS = of(
            "operations",
            "row of operation",
            "id, vmid, action, force, grace_seconds, key_id, account_id, idempotency_name, state, steps, failure, created_at,"
                    + " finished_at");

    public static final GuardedTable RECORDINGS = of(
            "recordings",
            "row of recording",
            "id, vmid, account_id, key_id, labels, input, started_at, ended_at, complete, sha256");

    public static final GuardedTable SSH_KEYS = of(
                    "ssh_keys",
                    "row of SSH key",
                    "id, key_id, fingerprint, public_key, label, added_at, added_by, expires_at, principals")
            .withLater("principals");

    private static GuardedTable of(String name, String what, String columns) {
        return new GuardedTable(name, what, List.of(columns.split(", ?")), Set.of());
    }

    private GuardedTable withLater(String... names) {
        return new GuardedTable(name, what, columns, Set.of(names));
    }

    /** Stores a new row; fails if the name exists. */
    public void insert(WriteConnection connection, ContentCipher cipher, @Nullable Object... values) {
        connection.execute("INSERT INTO " + name + all() + " VALUES " + marks(), withMac(cipher, values));
    }

    /** Stores a row, or replaces the row with the same name. */
    public void replace(WriteConnection connection, ContentCipher cipher, @Nullable Object... values) {
        connection.execute(
                "INSERT INTO " + name + all() + " VALUES " + marks() + " ON CONFLICT (" + columns.getFirst()
                        + ") DO UPDATE SET " + all() + " = " + excluded(),
                withMac(cipher, values));
    }

    /** Updates a row; fails if no row has this name. */
    public void update(WriteConnection connection, ContentCipher cipher, @Nullable Object... values) {
        @Nullable Object[] withMac = withMac(cipher, values);
        @Nullable Object[] withName = Arrays.copyOf(withMac, withMac.length + 1);
        withName[withMac.length] = values[0];
        String sql = "UPDATE " + name + " SET " + all() + " = " + marks() + " WHERE " + columns.getFirst() + " = ?";
        if (connection.execute(sql, withName) != 1) {
            throw new IllegalStateException("the " + what + " " + values[0] + " is not in the database");
        }
    }

    private String all() {
        return " (" + String.join(", ", columns) + ", mac)";
    }

    /**
     * Returns the rejected new values, which SQL calls {@code excluded}, for an insertion that finds an existing row.
     */
    private String excluded() {
        return all().replaceAll("(\\w+)", "excluded.$1");
    }

    private String marks() {
        return "(" + String.join(", ", Collections.nCopies(columns.size() + 1, "?")) + ")";
    }

    /** Appends the MAC. Called during the write, to use the key that is current then. */
    private @Nullable Object[] withMac(ContentCipher cipher, @Nullable Object... values) {
        @Nullable Object[] all = Arrays.copyOf(values, values.length + 1);
        all[values.length] = cipher.mac(text(Arrays.asList(values)));
        return all;
    }

    /** Throws if the row is not as the server wrote it. */
    public void check(ResultSet row, ContentCipher cipher) throws SQLException {
        cipher.checkMac(row.getBytes("mac"), text(row));
    }

    /** Returns the text that the MAC of a row covers. */
    public String text(ResultSet row) throws SQLException {
        List<@Nullable Object> values = new ArrayList<>();
        for (String column : columns) {
            values.add(row.getObject(column));
        }
        return text(values);
    }

    private String text(List<@Nullable Object> values) {
        List<@Nullable Object> counted = new ArrayList<>();
        for (int i = 0; i < columns.size(); i++) {
            boolean isLater = later.contains(columns.get(i));
            if (isLater && values.get(i) != null) {
                counted.add(columns.get(i));
            }
            if (!isLater || values.get(i) != null) {
                counted.add(values.get(i));
            }
        }
        return text(what + " " + values.getFirst(), counted);
    }

    /** Returns a text that is unique to these values. */
    static String text(String firstLine, List<@Nullable Object> values) {
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

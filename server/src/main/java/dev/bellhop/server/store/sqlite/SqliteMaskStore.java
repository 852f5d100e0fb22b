// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import dev.bellhop.server.masking.Mask;
import dev.bellhop.server.masking.MaskStore;
import dev.bellhop.server.store.OwnerColumn;
import dev.bellhop.server.store.SealedContent;
import dev.bellhop.server.tenant.Tenant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/** Masks in SQLite. */
public final class SqliteMaskStore implements MaskStore {
    private final SqliteDatabase database;
    private final SealedContent content;

    public SqliteMaskStore(SqliteDatabase database) {
        this.database = database;
        this.content = database.content();
    }

    private record Owned(Tenant tenant, Mask mask) {}

    @Override
    public Map<Tenant, List<Mask>> all() {
        return database.read(handle -> handle.createQuery("SELECT account_id, name, pattern FROM masks")
                .map((row, context) -> read(OwnerColumn.read(row.getString(1)), row.getString(2), row.getBytes(3)))
                .collect(Collectors.groupingBy(Owned::tenant, Collectors.mapping(Owned::mask, Collectors.toList()))));
    }

    private Owned read(Tenant tenant, String name, byte[] sealed) {
        return new Owned(tenant, new Mask(name, content.openMask(OwnerColumn.of(tenant), name, sealed)));
    }

    /** What is masked is a secret, and its pattern may be it. */
    @Override
    public CompletableFuture<Void> put(Tenant tenant, Mask mask) {
        String owner = OwnerColumn.of(tenant);
        byte[] sealed = content.mask(owner, mask.name(), mask.pattern());
        return database.change(connection -> connection.execute(
                "INSERT OR REPLACE INTO masks (account_id, name, pattern) VALUES (?, ?, ?)",
                owner,
                mask.name(),
                content.renewed(sealed, SealedContent.maskContext(owner, mask.name()))));
    }

    @Override
    public CompletableFuture<Void> delete(Tenant tenant, String name) {
        return database.change(connection -> connection.execute(
                "DELETE FROM masks WHERE account_id = ? AND name = ?", OwnerColumn.of(tenant), name));
    }
}

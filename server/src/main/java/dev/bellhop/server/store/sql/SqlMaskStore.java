// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sql;

import static dev.bellhop.server.failure.OutdatedException.Kind.MASKS;

import dev.bellhop.server.encryption.ContentCipher;
import dev.bellhop.server.masking.Mask;
import dev.bellhop.server.masking.MaskStore;
import dev.bellhop.server.store.Columns;
import dev.bellhop.server.store.SqlDatabase;
import dev.bellhop.server.store.content.SealContext;
import dev.bellhop.server.tenant.Tenant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/** Masks, encrypted: a masked value is a secret, and the pattern may be the secret itself. */
public final class SqlMaskStore implements MaskStore {
    private final SqlDatabase database;
    private final ContentCipher cipher;

    public SqlMaskStore(SqlDatabase database) {
        this.database = database;
        this.cipher = database.cipher();
    }

    private record Owned(Tenant tenant, Mask mask) {}

    @Override
    public Map<Tenant, List<Mask>> all() {
        return database.load(
                MASKS,
                connection -> connection
                        .query(
                                "SELECT account_id, name, pattern FROM masks",
                                row -> read(row.getString(1), row.getString(2), row.getBytes(3)))
                        .stream()
                        .collect(Collectors.groupingBy(
                                Owned::tenant, Collectors.mapping(Owned::mask, Collectors.toList()))));
    }

    private Owned read(String owner, String name, byte[] sealed) {
        return new Owned(Columns.tenant(owner), new Mask(name, cipher.openText(sealed, SealContext.mask(owner, name))));
    }

    @Override
    public CompletableFuture<Void> put(Tenant tenant, Mask mask) {
        String owner = Columns.owner(tenant);
        String context = SealContext.mask(owner, mask.name());
        byte[] sealed = cipher.sealText(mask.pattern(), context);
        return database.changeLoaded(
                MASKS,
                connection -> connection.execute(
                        "INSERT INTO masks (account_id, name, pattern) VALUES (?, ?, ?)"
                                + " ON CONFLICT (account_id, name) DO UPDATE SET pattern = excluded.pattern",
                        owner,
                        mask.name(),
                        cipher.renewed(sealed, context)));
    }

    @Override
    public CompletableFuture<Void> delete(Tenant tenant, String name) {
        return database.changeLoaded(
                MASKS,
                connection -> connection.execute(
                        "DELETE FROM masks WHERE account_id = ? AND name = ?", Columns.owner(tenant), name));
    }
}

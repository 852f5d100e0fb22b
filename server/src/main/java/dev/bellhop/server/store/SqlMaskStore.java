// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.masking.Mask;
import dev.bellhop.server.masking.MaskStore;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Masks in SQL. */
public final class SqlMaskStore implements MaskStore {
    private static final Logger log = LoggerFactory.getLogger(SqlMaskStore.class);

    /** Stands for one that cannot be decrypted: what it was to hide is not known. */
    static final String EVERYTHING = ".+";

    private final SqliteDatabase database;
    private final SealedContent content;

    public SqlMaskStore(SqliteDatabase database) {
        this.database = database;
        this.content = database.content();
    }

    private record Owned(String account, Mask mask) {}

    @Override
    public Map<String, List<Mask>> all() {
        return database.read(handle -> handle.createQuery("SELECT account_id, name, pattern FROM masks")
                .map((row, context) -> read(row.getString(1), row.getString(2), row.getBytes(3)))
                .collect(Collectors.groupingBy(Owned::account, Collectors.mapping(Owned::mask, Collectors.toList()))));
    }

    private Owned read(String account, String name, byte[] sealed) {
        try {
            return new Owned(account, new Mask(name, content.openMask(account, name, sealed)));
        } catch (BellhopException e) {
            log.error(
                    "Cannot decrypt the mask {} of {}, so it masks all of their output; put it anew, or delete it",
                    name,
                    account.equals(OPERATOR) ? "the operator" : "account " + account,
                    e);
            return new Owned(account, new Mask(name, EVERYTHING));
        }
    }

    /** What is masked is a secret, and its pattern may be it. */
    @Override
    public CompletableFuture<Void> put(String account, Mask mask) {
        byte[] sealed = content.mask(account, mask.name(), mask.pattern());
        return database.change(connection -> connection.execute(
                "INSERT OR REPLACE INTO masks (account_id, name, pattern) VALUES (?, ?, ?)",
                account,
                mask.name(),
                content.renewed(sealed, SealedContent.maskContext(account, mask.name()))));
    }

    @Override
    public CompletableFuture<Void> delete(String account, String name) {
        return database.change(
                connection -> connection.execute("DELETE FROM masks WHERE account_id = ? AND name = ?", account, name));
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

import dev.bellhop.api.client.page.Pages;
import dev.bellhop.api.client.query.KeyQuery;
import dev.bellhop.api.client.transport.PathAndQuery;
import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.admin.CreateKey;
import dev.bellhop.api.v2.admin.CreatedKey;
import dev.bellhop.api.v2.admin.KeyView;
import dev.bellhop.api.v2.admin.RotateKey;
import dev.bellhop.api.v2.admin.UpdateKey;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The API keys, with the errors of {@link BellhopClient}. Thread safe. */
public final class KeysClient {

    private static final String KEYS = "/api/v2/keys";

    private final Calls calls;

    KeysClient(Calls calls) {
        this.calls = calls;
    }

    /** Makes a key. Its secret is in the answer and nowhere else. */
    public CreatedKey create(CreateKey wanted) throws InterruptedException {
        return calls.post(KEYS, wanted, CreatedKey.class);
    }

    /**
     * The keys, oldest first, expired and revoked ones included.
     *
     * @param limit as in {@link VmsClient#list(Integer, String)}, and the cursor too
     */
    public Page<KeyView> list(@Nullable Integer limit, @Nullable String cursor) throws InterruptedException {
        return list(KeyQuery.ALL, limit, cursor);
    }

    /** The keys that fit, oldest first, expired and revoked ones included. */
    public Page<KeyView> list(KeyQuery query, @Nullable Integer limit, @Nullable String cursor)
            throws InterruptedException {
        PathAndQuery path = new PathAndQuery(KEYS)
                .with("account", query.account())
                .with("name", query.name())
                .with("scope", query.scope())
                .with("vmid", query.vmid());
        return calls.page(path.page(limit, cursor), KeyView.class);
    }

    /** Every key, oldest first, expired and revoked ones included. */
    public Pages<KeyView> all() {
        return all(KeyQuery.ALL);
    }

    /** Every key that fits, oldest first. */
    public Pages<KeyView> all(KeyQuery query) {
        return new Pages<>((limit, cursor) -> list(query, limit, cursor));
    }

    /** One key, with its state. */
    public Tagged<KeyView> get(String id) throws InterruptedException {
        return calls.tagged(path(id), KeyView.class);
    }

    /** Changes the given fields of a key. */
    public Tagged<KeyView> update(String id, UpdateKey wanted) throws InterruptedException {
        return calls.patch(path(id), wanted, Map.of(), KeyView.class);
    }

    /** Changes the given fields of a key if it is in the state with this ETag; 412 otherwise. */
    public Tagged<KeyView> update(String id, UpdateKey wanted, String etag) throws InterruptedException {
        return calls.patch(path(id), wanted, Calls.ifMatch(etag), KeyView.class);
    }

    /**
     * Gives a key another secret, which is in the answer and nowhere else.
     *
     * @param overlapSeconds how long the one that there is stays valid; absent for no longer
     */
    public CreatedKey rotate(String id, @Nullable Integer overlapSeconds) throws InterruptedException {
        return calls.post(path(id) + "/actions/rotate", new RotateKey(overlapSeconds), CreatedKey.class);
    }

    /** Revokes a key; does nothing when it is revoked already. */
    public void revoke(String id) throws InterruptedException {
        calls.delete(path(id));
    }

    /** The policy of a key. Asks for nothing yet. */
    public PolicyClient policy(String id) {
        return new PolicyClient(calls, path(id));
    }

    static String path(String id) {
        return KEYS + "/" + PathAndQuery.encode(id);
    }
}

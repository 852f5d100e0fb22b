// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

import dev.bellhop.api.client.transport.PathAndQuery;
import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.admin.MaskPattern;
import org.jspecify.annotations.Nullable;

/**
 * What is masked in output, with the errors of {@link BellhopClient}. Thread safe.
 *
 * <p>The account is whose commands they are for; absent for the key's own account, or the operator's own commands.
 */
public final class MasksClient {

    private static final String MASKS = "/api/v2/masks";

    private final Calls calls;

    MasksClient(Calls calls) {
        this.calls = calls;
    }

    /** What is masked. */
    public Page<MaskPattern> list(@Nullable String account) throws InterruptedException {
        return calls.page(new PathAndQuery(MASKS).with("account", account), MaskPattern.class);
    }

    /** Masks what a pattern finds, in place of one with the same name. */
    public MaskPattern create(MaskPattern wanted, @Nullable String account) throws InterruptedException {
        String path = new PathAndQuery(MASKS).with("account", account).toString();
        return calls.post(path, wanted, MaskPattern.class);
    }

    /** Returns a pattern with its state. */
    public Tagged<MaskPattern> get(String name, @Nullable String account) throws InterruptedException {
        return calls.tagged(path(name, account), MaskPattern.class);
    }

    /** Masks no more what a pattern finds. */
    public void delete(String name, @Nullable String account) throws InterruptedException {
        calls.delete(path(name, account));
    }

    private static String path(String name, @Nullable String account) {
        return new PathAndQuery(MASKS + "/" + PathAndQuery.encode(name))
                .with("account", account)
                .toString();
    }
}

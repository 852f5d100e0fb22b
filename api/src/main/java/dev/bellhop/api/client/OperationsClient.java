// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

import dev.bellhop.api.client.page.Pages;
import dev.bellhop.api.client.query.OperationQuery;
import dev.bellhop.api.client.transport.PathAndQuery;
import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.vm.OperationAction;
import dev.bellhop.api.v2.vm.OperationView;
import dev.bellhop.api.v2.vm.PowerOptions;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The operations that start, stop or restart VMs, with the errors of {@link BellhopClient}. Thread safe. */
public final class OperationsClient {

    private static final String OPERATIONS = "/api/v2/operations";

    private final Calls calls;

    OperationsClient(Calls calls) {
        this.calls = calls;
    }

    /**
     * Begins an operation on a VM. After a timeout or a broken connection it may have begun all the same; with an idempotency
     * key the same call again gives the same operation.
     *
     * @param action {@code start}, {@code shutdown}, {@code stop}, {@code restart} or {@code reset}
     * @param idempotencyKey the caller's own name for it, 1 to 255 visible characters of ASCII; absent for none
     */
    public OperationView begin(long vmid, String action, PowerOptions options, @Nullable String idempotencyKey)
            throws InterruptedException {
        return calls.post(
                Calls.vm(vmid) + "/actions/" + PathAndQuery.encode(action),
                options,
                Duration.ZERO,
                Calls.idempotent(idempotencyKey),
                OperationView.class);
    }

    /** Begins an operation; the same as the other. */
    public OperationView begin(long vmid, OperationAction action, PowerOptions options, @Nullable String idempotencyKey)
            throws InterruptedException {
        return begin(vmid, action.text(), options, idempotencyKey);
    }

    /**
     * How an operation stands.
     *
     * @param wait for how long at most to wait for the end of it, up to {@link BellhopClient#MAX_WAIT}
     */
    public OperationView get(String id, Duration wait) throws InterruptedException {
        String path = new PathAndQuery(OPERATIONS + "/" + PathAndQuery.encode(id))
                .wait(wait)
                .toString();
        return calls.get(path, wait, OperationView.class);
    }

    /** Every operation on a VM, newest first. */
    public Pages<OperationView> all(long vmid) {
        return new Pages<>((limit, cursor) -> list(vmid, limit, cursor));
    }

    /**
     * The operations on a VM, newest first.
     *
     * @param limit as in {@link VmsClient#list(Integer, String)}, and the cursor too
     */
    public Page<OperationView> list(long vmid, @Nullable Integer limit, @Nullable String cursor)
            throws InterruptedException {
        return list(OperationQuery.builder().vm(vmid).build(), limit, cursor);
    }

    /** The operations that fit, newest first. */
    public Page<OperationView> list(OperationQuery query, @Nullable Integer limit, @Nullable String cursor)
            throws InterruptedException {
        PathAndQuery path =
                new PathAndQuery(query.vmid() == null ? OPERATIONS : Calls.vm(query.vmid()) + "/operations");
        return calls.page(path.with("key", query.keyId()).page(limit, cursor), OperationView.class);
    }

    /** Every operation that fits, newest first. */
    public Pages<OperationView> all(OperationQuery query) {
        return new Pages<>((limit, cursor) -> list(query, limit, cursor));
    }
}

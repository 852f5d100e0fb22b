// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.masking;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Where masks are kept, by the ids of their accounts. Writes are durable once their future has completed. Thread safe. */
public interface MaskStore {
    /** The account of the operator's own. */
    String OPERATOR = "";

    Map<String, List<Mask>> all();

    /** Stores one, in place of that with its name. */
    CompletableFuture<Void> put(String account, Mask mask);

    CompletableFuture<Void> delete(String account, String name);
}

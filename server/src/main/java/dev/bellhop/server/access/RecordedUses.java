// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

import java.util.concurrent.CompletableFuture;

/** The last uses of one kind of keys, held in memory and stored periodically. Thread safe. */
public interface RecordedUses {
    /** Stores the uses since the last call; does not wait. */
    CompletableFuture<Void> storeLastUses();

    /** Loads the last uses that other servers have stored. */
    void loadLastUses();
}

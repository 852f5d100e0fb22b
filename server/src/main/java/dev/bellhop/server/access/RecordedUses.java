// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

import java.util.concurrent.CompletableFuture;

/** When keys of a kind were used last, which is held in memory and stored now and then. Thread safe. */
public interface RecordedUses {
    /** Stores which were used since the last time, and when; waits for nothing. */
    CompletableFuture<Void> storeLastUses();

    /** Takes note of when they were used last by way of other servers, as far as they have stored that. */
    void loadLastUses();
}

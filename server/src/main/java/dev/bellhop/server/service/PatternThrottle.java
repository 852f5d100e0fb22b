// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.bellhop.server.access.Key;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Has the keys of one account match patterns one after the other. Their own patterns and texts can take a third of a second
 * each, and however many requests a tenant sends, they take one processor and no more. Thread safe.
 */
public final class PatternThrottle {
    /** Of each that matches or waits to; two that shared one could keep each other waiting for minutes. */
    private final Cache<String, ReentrantLock> turns =
            Caffeine.newBuilder().weakValues().build();

    /** Does what matches patterns, in the caller's turn. */
    public <T> T take(Key caller, Supplier<T> matching) {
        ReentrantLock turn = of(caller);
        turn.lock();
        try {
            return matching.get();
        } finally {
            turn.unlock();
        }
    }

    ReentrantLock of(Key caller) {
        return turns.get(caller.holder(), unknown -> new ReentrantLock());
    }
}

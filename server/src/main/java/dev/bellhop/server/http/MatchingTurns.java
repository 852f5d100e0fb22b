// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.server.access.Key;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Has the keys of one account match patterns one after the other. Their own patterns and texts can take a third of a second
 * each, and however many requests a tenant sends, they take one processor and no more. Thread safe.
 */
final class MatchingTurns {
    /** More than there are processors, so that few share one by chance. */
    private static final int TURNS = 256;

    private final ReentrantLock[] turns =
            Stream.generate(ReentrantLock::new).limit(TURNS).toArray(ReentrantLock[]::new);

    /** Does what matches patterns, in the caller's turn. */
    <T> T take(Key caller, Supplier<T> matching) {
        ReentrantLock turn = of(caller);
        turn.lock();
        try {
            return matching.get();
        } finally {
            turn.unlock();
        }
    }

    ReentrantLock of(Key caller) {
        String owner = caller.account() == null ? caller.id() : caller.account();
        return turns[Math.floorMod(owner.hashCode(), TURNS)];
    }
}

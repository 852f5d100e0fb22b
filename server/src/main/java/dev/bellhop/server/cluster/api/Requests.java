// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.api;

import dev.bellhop.server.cluster.WireCodec;
import dev.bellhop.server.cluster.message.FencedException;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.vm.VmId;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What answers to nodes' requests share. */
final class Requests {
    /** Of what a message carries, with room for what is around it. */
    static final int MAX_CONTENT_BYTES = 384 * 1024;

    private Requests() {}

    /** Waits for a write, and fails as it does. */
    static <T> T await(CompletableFuture<T> write) throws FencedException {
        try {
            return write.join();
        } catch (CompletionException e) {
            switch (e.getCause()) {
                case FencedException fenced -> throw fenced;
                case RuntimeException failure -> throw failure;
                case null, default -> throw e;
            }
        }
    }

    /** The VM of this number. */
    static VmId vm(long number) {
        require(number > 0, "its VM has no valid number");
        return new VmId(number);
    }

    /** Refuses a message that no node sends which is in its right mind. */
    static void require(boolean holds, String fault) {
        if (!holds) {
            throw new BellhopException(ErrorCode.INVALID_REQUEST, "Cannot take this message because " + fault);
        }
    }

    /** What the message gives there, which other languages and other versions may have left out. */
    static <T> T require(@Nullable T value, String name) {
        if (value == null) {
            throw new BellhopException(ErrorCode.INVALID_REQUEST, "Cannot take this message because it lacks " + name);
        }
        return value;
    }

    /** What a part of a message stands for, which it may not. */
    static <T> T readable(Supplier<T> part) {
        try {
            return part.get();
        } catch (NullPointerException | IllegalArgumentException e) {
            throw new BellhopException(
                    ErrorCode.INVALID_REQUEST, "Cannot take this message because a part of it is missing or not valid");
        }
    }

    /** The first of these, as many as one message can carry; one at least. */
    static <T, W extends Record> List<W> fitting(List<T> all, Function<T, W> wire) {
        List<W> fitting = new ArrayList<>();
        long bytes = 0;
        for (T one : all) {
            W encodable = wire.apply(one);
            bytes += WireCodec.encode(encodable).length;
            if (bytes > MAX_CONTENT_BYTES && !fitting.isEmpty()) {
                break;
            }
            fitting.add(encodable);
        }
        return fitting;
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import dev.bellhop.server.stream.FrameInput.Frame;
import dev.bellhop.server.stream.FrameInput.ViolationException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** An open file of a guest. The guest answers requests in their order, one at a time. */
final class FileChannel extends StreamChannel implements GuestFile {
    private static final int KIND = 3;
    private static final int STAT_BYTES = 52;

    private static final int READ = 1;
    private static final int WRITE = 2;
    private static final int STAT = 3;
    private static final int TRUNCATE = 4;
    private static final int REAL_PATH = 5;
    private static final int CHANGE_MODE = 6;
    private static final int CHANGE_OWNER = 7;
    private static final int CHANGE_TIMES = 8;

    private final AtomicInteger lastRequest = new AtomicInteger();
    private final ConcurrentMap<Integer, Request> requests = new ConcurrentHashMap<>();
    private volatile @Nullable StreamException failure;

    /** @param most the most bytes that the answer can have */
    private record Request(int most, CompletableFuture<byte[]> answer) {}

    FileChannel(SendQueue queue, int id) {
        super(queue, id);
    }

    void open(byte[] path, Set<Option> options, int mode) {
        int flags = options.stream().mapToInt(option -> option.bit).sum();
        queue.send(
                FrameType.OPEN,
                id,
                ByteBuffer.allocate(10 + path.length)
                        .put((byte) KIND)
                        .put((byte) 0)
                        .putShort((short) flags)
                        .putShort((short) mode)
                        .putInt(0)
                        .put(path));
    }

    @Override
    void receive(Frame frame) throws ViolationException {
        if (frame.type() != FrameType.REPLY) {
            throw unexpected();
        }
        ByteBuffer fields = frame.fields();
        Request request = requests.remove(fields.getInt());
        int errno = fields.getInt();
        if (request == null && failure != null) {
            return; // This side closed the file while the guest answered.
        }
        if (request == null || fields.remaining() > request.most) {
            throw new ViolationException("it answered what it was not asked");
        }
        if (errno == 0) {
            request.answer.complete(Arrays.copyOfRange(frame.payload(), fields.position(), frame.payload().length));
        } else {
            request.answer.completeExceptionally(StreamException.refused(errno));
        }
    }

    @Override
    void fail(StreamException why) {
        if (failure == null) {
            failure = why;
        }
        requests.values().forEach(request -> request.answer.completeExceptionally(why));
        requests.clear();
    }

    private CompletableFuture<byte[]> ask(int what, int most, int size, Function<ByteBuffer, ByteBuffer> arguments) {
        int number = lastRequest.incrementAndGet();
        Request request = new Request(most, new CompletableFuture<>());
        requests.put(number, request);
        queue.send(
                FrameType.FILE,
                id,
                arguments.apply(ByteBuffer.allocate(5 + size).putInt(number).put((byte) what)));
        StreamException why = failure;
        if (why != null && requests.remove(number) != null) {
            request.answer.completeExceptionally(why);
        }
        return request.answer;
    }

    private CompletableFuture<@Nullable Void> order(int what, int size, Function<ByteBuffer, ByteBuffer> arguments) {
        return ask(what, 0, size, arguments).thenApply(nothing -> null);
    }

    @Override
    public CompletableFuture<byte[]> read(long offset, int most) {
        int count = Math.min(most, MAX_BYTES);
        return ask(READ, count, 12, fields -> fields.putLong(offset).putInt(count));
    }

    @Override
    public CompletableFuture<@Nullable Void> write(long offset, byte[] data, int from, int length) {
        if (length > MAX_BYTES) {
            throw new IllegalArgumentException("more than one write may have: " + length);
        }
        return order(WRITE, 8 + length, fields -> fields.putLong(offset).put(data, from, length));
    }

    @Override
    public CompletableFuture<Stat> stat() {
        return ask(STAT, STAT_BYTES, 0, fields -> fields).thenCompose(told -> {
            ByteBuffer fields = ByteBuffer.wrap(told);
            return told.length < STAT_BYTES
                    ? CompletableFuture.failedFuture(StreamFutures.late())
                    : CompletableFuture.completedFuture(new Stat(
                            fields.getInt(),
                            fields.getInt() & 0xFFFF_FFFFL,
                            fields.getInt() & 0xFFFF_FFFFL,
                            fields.getLong(),
                            fields.getLong(),
                            fields.getLong(),
                            fields.getLong(),
                            fields.getLong()));
        });
    }

    @Override
    public CompletableFuture<@Nullable Void> truncate(long size) {
        return order(TRUNCATE, 8, fields -> fields.putLong(size));
    }

    @Override
    public CompletableFuture<byte[]> realPath() {
        return ask(REAL_PATH, MAX_BYTES, 0, fields -> fields);
    }

    @Override
    public CompletableFuture<@Nullable Void> changeMode(int mode) {
        return order(CHANGE_MODE, 4, fields -> fields.putInt(mode));
    }

    @Override
    public CompletableFuture<@Nullable Void> changeOwner(long uid, long gid) {
        return order(CHANGE_OWNER, 8, fields -> fields.putInt((int) uid).putInt((int) gid));
    }

    @Override
    public CompletableFuture<@Nullable Void> changeTimes(long accessed, long modified) {
        return order(CHANGE_TIMES, 16, fields -> fields.putLong(accessed).putLong(modified));
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.guest;

import dev.bellhop.server.cluster.WireFormatException;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.forward.ForwardId;
import dev.bellhop.server.forward.ForwardSettings;
import dev.bellhop.server.forward.TcpConnections;
import dev.bellhop.server.forward.TcpInput;
import dev.bellhop.server.guest.question.QuestionKind;
import dev.bellhop.server.guest.question.QuestionKind.Done;
import dev.bellhop.server.policy.ForwardTarget;
import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Connections that guests make. */
final class TcpOrders {
    private static final Duration SHORT = Duration.ofSeconds(15);

    /** For the other side to read, until its writer is told how far it is and asks again. */
    static final Duration MAX_WRITE = Duration.ofSeconds(8);

    /** For what both sides have said to reach the guest, which {@link TcpConnections#forget} waits for, and some seconds more. */
    private static final Duration MAX_LINGER = Duration.ofSeconds(45);

    static final QuestionKind<Open, Done> OPEN = QuestionKind.change(
            "tcp-open", Open.class, Done.class, "Cannot forward a connection", Duration.ofSeconds(30));
    static final QuestionKind<Read, Input> READ =
            QuestionKind.step("tcp-read", Read.class, Input.class, "Cannot read from this connection", SHORT);
    static final QuestionKind<Write, Written> WRITE =
            QuestionKind.step("tcp-write", Write.class, Written.class, "Cannot write to this connection", SHORT);
    static final QuestionKind<End, Ended> END =
            QuestionKind.step("tcp-end", End.class, Ended.class, "Cannot end this connection", SHORT);
    static final QuestionKind<OfConnection, Done> KEEP =
            QuestionKind.step("tcp-keep", OfConnection.class, Done.class, "Cannot keep this connection", SHORT);
    static final QuestionKind<OfConnection, Done> FORGET = QuestionKind.piece(
            "tcp-forget", OfConnection.class, Done.class, "Cannot close this connection", MAX_LINGER);

    private TcpOrders() {}

    /**
     * As {@link ForwardTarget}.
     *
     * @param most that there may be in the VM; absent from API servers that do not say it yet
     */
    record Open(UUID id, String host, int port, @Nullable Integer most) {
        static Open of(ForwardId id, ForwardTarget target, int most) {
            return new Open(id.value(), target.host(), target.port(), most);
        }

        private ForwardTarget target() {
            return ForwardTarget.of(host, port).orElseThrow(() -> new WireFormatException(Open.class, ""));
        }
    }

    record Read(UUID id, long offset, int limit, Duration longest) {}

    /** As {@link TcpInput}. */
    @SuppressWarnings("ArrayRecordComponent") // On its way.
    record Input(byte[] bytes, boolean isEnd) {
        TcpInput input() {
            return new TcpInput(bytes, isEnd);
        }

        @Override
        public String toString() {
            return "Input[bytes=" + bytes.length + "]";
        }
    }

    @SuppressWarnings("ArrayRecordComponent") // On its way.
    record Write(UUID id, long offset, byte[] bytes, Duration longest) {
        @Override
        public String toString() {
            return "Write[" + id + ", bytes=" + bytes.length + "]";
        }
    }

    /** @param bytes how many were in all */
    record Written(long bytes) {}

    record End(UUID id, Duration longest) {}

    record Ended(boolean done) {}

    record OfConnection(UUID id) {}

    private interface Waiting<T> {
        T get() throws InterruptedException;
    }

    private static <T> T whileServing(Waiting<T> work) {
        try {
            return work.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BellhopException(
                    ErrorCode.AGENT_UNAVAILABLE, "Cannot go on with this connection because the VM's node stops");
        }
    }

    static void serve(GuestOrderTable node, OpenTcpConnections connections) {
        node.put(OPEN, (vm, open, longest) -> {
            connections.open(
                    vm, new ForwardId(open.id), open.target(), OpenByVm.most(open.most, ForwardSettings.MAX_COUNT));
            return new Done();
        });
        node.put(READ, (vm, read, longest) -> {
            int limit = Math.clamp(read.limit, 1, TcpConnections.MAX_BYTES);
            Duration wait = PtyOrders.shorter(read.longest, longest);
            return whileServing(() -> {
                TcpInput input = connections.read(vm, new ForwardId(read.id), read.offset, limit, wait);
                return new Input(input.bytes(), input.isEnd());
            });
        });
        node.put(
                WRITE,
                (vm, write, longest) -> whileServing(() -> new Written(connections.write(
                        vm,
                        new ForwardId(write.id),
                        write.offset,
                        write.bytes,
                        PtyOrders.shorter(write.longest, longest)))));
        node.put(
                END,
                (vm, end, longest) -> whileServing(() -> new Ended(
                        connections.endOutput(vm, new ForwardId(end.id), PtyOrders.shorter(end.longest, longest)))));
        node.put(KEEP, (vm, connection, longest) -> {
            connections.keep(vm, new ForwardId(connection.id));
            return new Done();
        });
        node.put(FORGET, (vm, connection, longest) -> {
            connections.forget(vm, new ForwardId(connection.id));
            return new Done();
        });
    }
}

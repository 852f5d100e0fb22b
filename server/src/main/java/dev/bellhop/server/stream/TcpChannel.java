// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.stream.FrameInput.Frame;
import dev.bellhop.server.stream.FrameInput.ViolationException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A TCP connection of a guest. */
final class TcpChannel extends StreamChannel implements GuestConnection {
    private static final int KIND = 2;

    private final ReceiveBuffer input;
    private final CreditedWriter output;
    private final CountDownLatch over = new CountDownLatch(1);

    TcpChannel(SendQueue queue, int id) {
        super(queue, id);
        input = new ReceiveBuffer(queue, id, 0);
        output = new CreditedWriter(queue, id);
    }

    void open(String host, int port) {
        byte[] name = host.getBytes(StandardCharsets.UTF_8);
        queue.send(
                FrameType.OPEN,
                id,
                ByteBuffer.allocate(10 + name.length)
                        .put((byte) KIND)
                        .put((byte) 0)
                        .putShort((short) port)
                        .putShort((short) 0)
                        .putInt(ReceiveBuffer.WINDOW)
                        .put(name));
    }

    @Override
    void receive(Frame frame) throws ViolationException {
        switch (frame.type()) {
            case OUT -> input.accept(frame.payload());
            case ENDED -> input.end();
            case GRANTED -> output.granted(frame.fields().getInt());
            case DEAF ->
                output.fail(new StreamException(
                        StreamException.Kind.UNREAD, "Cannot write because the other side reads no more"));
            default -> throw unexpected();
        }
    }

    @Override
    public boolean awaitClosed(Deadline deadline) throws InterruptedException {
        return over.await(deadline.remainingNanos(), TimeUnit.NANOSECONDS);
    }

    @Override
    void fail(StreamException why) {
        over.countDown();
        input.fail(why);
        output.fail(why);
    }

    @Override
    public ChannelReader input() {
        return input;
    }

    @Override
    public ChannelWriter output() {
        return output;
    }
}

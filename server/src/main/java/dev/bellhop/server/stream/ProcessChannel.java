// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.stream.FrameInput.Frame;
import dev.bellhop.server.stream.FrameInput.ViolationException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** A command in a guest. */
final class ProcessChannel extends StreamChannel implements GuestProcess {
    private static final int KIND = 1;
    private static final int TERMINAL = 1;
    private static final int DETACHED = 2;
    private static final int NO_INPUT = 4;

    private final CreditedWriter stdin;
    private final ReceiveBuffer stdout;
    private final ReceiveBuffer stderr;
    private final CompletableFuture<ProcessEnd> end = new CompletableFuture<>();

    private final int window;

    ProcessChannel(SendQueue queue, int id, GuestCommand command) {
        super(queue, id);
        GuestCommand.Detached detached = command.detached();
        int attached = command.terminal() == null ? ReceiveBuffer.WINDOW : ReceiveBuffer.TERMINAL_WINDOW;
        window = detached == null ? attached : detached.window();
        stdin = new CreditedWriter(queue, id);
        stdout = new ReceiveBuffer(queue, id, 0, window);
        stderr = new ReceiveBuffer(queue, id, 1, window);
    }

    /** @throws IllegalArgumentException if the command is too large */
    void open(GuestCommand command) {
        GuestCommand.Terminal terminal = command.terminal();
        if (terminal != null) {
            stderr.end();
        }
        byte[] cwd = command.cwd() == null ? new byte[0] : command.cwd();
        byte[] modes = command.modes().getBytes(StandardCharsets.US_ASCII);
        int length = 22 + cwd.length + size(command.argv()) + size(command.env()) + modes.length;
        ByteBuffer fields = ByteBuffer.allocate(length)
                .put((byte) KIND)
                .put((byte) flags(command))
                .putShort((short) (terminal == null ? 0 : terminal.rows()))
                .putShort((short) (terminal == null ? 0 : terminal.columns()))
                .putInt(window)
                .putInt(cwd.length)
                .put(cwd);
        put(fields, command.argv());
        put(fields, command.env());
        fields.putInt(modes.length).put(modes);
        queue.send(FrameType.OPEN, id, fields);
    }

    private static int flags(GuestCommand command) {
        GuestCommand.Detached detached = command.detached();
        return (command.terminal() == null ? 0 : TERMINAL)
                | (detached == null ? 0 : DETACHED)
                | (detached == null || detached.hasInput() ? 0 : NO_INPUT);
    }

    private static int size(List<byte[]> words) {
        return words.stream().mapToInt(word -> 4 + word.length).sum();
    }

    private static void put(ByteBuffer fields, List<byte[]> words) {
        fields.putShort((short) words.size());
        words.forEach(word -> fields.putInt(word.length).put(word));
    }

    @Override
    void receive(Frame frame) throws ViolationException {
        switch (frame.type()) {
            case OUT -> stdout.accept(frame.payload());
            case ERR -> stderr.accept(frame.payload());
            case ENDED -> (frame.fields().get() == 0 ? stdout : stderr).end();
            case GRANTED -> stdin.granted(frame.fields().getInt());
            case DEAF ->
                stdin.fail(new StreamException(
                        StreamException.Kind.UNREAD, "Cannot write because the command reads no more"));
            case EXITED -> {
                ByteBuffer fields = frame.fields();
                boolean isSignal = fields.get() != 0;
                int value = Math.clamp(Integer.toUnsignedLong(fields.getInt()), 0, 255);
                end.complete(new ProcessEnd(isSignal ? null : value, isSignal ? value : null));
            }
            default -> throw unexpected();
        }
    }

    @Override
    void fail(StreamException why) {
        stdin.fail(why);
        stdout.fail(why);
        stderr.fail(why);
        end.completeExceptionally(why);
    }

    @Override
    public ChannelWriter stdin() {
        return stdin;
    }

    @Override
    public ChannelReader stdout() {
        return stdout;
    }

    @Override
    public ChannelReader stderr() {
        return stderr;
    }

    @Override
    public Optional<ProcessEnd> awaitEnd(Deadline deadline) throws StreamException {
        try {
            return Optional.of(StreamFutures.get(end, deadline));
        } catch (StreamException e) {
            if (e.kind() == StreamException.Kind.LATE) {
                return Optional.empty();
            }
            throw e;
        }
    }

    @Override
    public void resize(GuestCommand.Terminal size) {
        queue.send(
                FrameType.RESIZE,
                id,
                ByteBuffer.allocate(4).putShort((short) size.rows()).putShort((short) size.columns()));
    }

    @Override
    public void signal(int number) {
        queue.send(FrameType.SIGNAL, id, ByteBuffer.allocate(4).putInt(number));
    }
}

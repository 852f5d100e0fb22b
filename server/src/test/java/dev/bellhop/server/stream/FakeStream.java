// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import static org.awaitility.Awaitility.await;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.vm.VmId;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** An open stream that does what a test says, and starts nothing. */
public final class FakeStream implements OpenStreams, GuestStream {
    public final List<GuestCommand> commands = new CopyOnWriteArrayList<>();
    public final AtomicInteger leases = new AtomicInteger();
    public final AtomicInteger pings = new AtomicInteger();
    public final AtomicInteger counted = new AtomicInteger();
    public volatile Duration heardAgo = Duration.ZERO;
    public volatile boolean answers = true;
    public volatile boolean isOpen = true;
    public volatile long pid = 4711;
    /** How much of its input a command takes. */
    public volatile int takes = Integer.MAX_VALUE;

    private volatile @Nullable StreamException failure;
    public final List<FakeProcess> processes = new CopyOnWriteArrayList<>();

    /** The first command, once it has begun. */
    public FakeProcess begun() {
        await().until(() -> !processes.isEmpty());
        return processes.getFirst();
    }

    /** The next starts fail so. */
    public void fails(StreamException.Kind kind) {
        failure = kind == StreamException.Kind.REFUSED
                ? StreamException.refused(11)
                : new StreamException(kind, "Cannot go on because of the test");
    }

    @Override
    public @Nullable StreamLease acquireIfOpen(VmId vm) {
        if (!isOpen) {
            return null;
        }
        leases.incrementAndGet();
        CompletableFuture<Boolean> closed = new CompletableFuture<>();
        return new StreamLease() {
            @Override
            public GuestStream stream() {
                return FakeStream.this;
            }

            @Override
            public void close() {
                if (closed.complete(true)) {
                    leases.decrementAndGet();
                }
            }
        };
    }

    @Override
    public void commandStarted() {
        counted.incrementAndGet();
    }

    @Override
    public boolean isOpen() {
        return isOpen;
    }

    @Override
    public Duration heardAgo() {
        return heardAgo;
    }

    @Override
    public boolean answers(Deadline deadline) {
        pings.incrementAndGet();
        return answers;
    }

    @Override
    public GuestProcess exec(GuestCommand command, Deadline deadline) throws StreamException {
        commands.add(command);
        StreamException no = failure;
        if (no != null) {
            throw no.again();
        }
        FakeProcess process = new FakeProcess();
        processes.add(process);
        return process;
    }

    @Override
    public GuestConnection connect(String host, int port, Deadline deadline) {
        throw new UnsupportedOperationException();
    }

    @Override
    public GuestFile open(byte[] path, Set<GuestFile.Option> options, int mode, Deadline deadline) {
        throw new UnsupportedOperationException();
    }

    /** One that ends when it is told to. */
    public final class FakeProcess implements GuestProcess, ChannelWriter {
        public final ByteArrayOutputStream input = new ByteArrayOutputStream();
        public volatile boolean isClosed;
        public volatile boolean inputHasEnded;
        private final CompletableFuture<byte[]> out = new CompletableFuture<>();
        private final CompletableFuture<byte[]> err = new CompletableFuture<>();
        private final CompletableFuture<ProcessEnd> end = new CompletableFuture<>();

        public void end(String stdout, String stderr, int code) {
            out.complete(stdout.getBytes(StandardCharsets.UTF_8));
            err.complete(stderr.getBytes(StandardCharsets.UTF_8));
            end.complete(new ProcessEnd(code, null));
        }

        public void lose() {
            StreamException lost = new StreamException(StreamException.Kind.LOST, "The stream has ended");
            out.completeExceptionally(lost);
            err.completeExceptionally(lost);
            end.completeExceptionally(lost);
        }

        @Override
        public long pid() {
            return pid;
        }

        @Override
        public ChannelWriter stdin() {
            return this;
        }

        @Override
        public int write(byte[] data, int offset, int length, Deadline deadline) {
            int taken = Math.min(length, takes);
            input.write(data, offset, taken);
            return taken;
        }

        @Override
        public void end() {
            inputHasEnded = true;
        }

        @Override
        public ChannelReader stdout() {
            return reader(out);
        }

        @Override
        public ChannelReader stderr() {
            return reader(err);
        }

        private ChannelReader reader(CompletableFuture<byte[]> all) {
            AtomicInteger reads = new AtomicInteger();
            return (most, deadline) -> {
                byte[] bytes;
                try {
                    bytes = StreamFutures.get(all, deadline);
                } catch (StreamException e) {
                    if (e.kind() == StreamException.Kind.LATE) {
                        return Optional.of(new byte[0]);
                    }
                    throw e;
                }
                return bytes.length == 0 || reads.getAndIncrement() > 0 ? Optional.empty() : Optional.of(bytes);
            };
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
        public void resize(GuestCommand.Terminal size) {}

        @Override
        public void signal(int number) {
            throw new AssertionError("a supervisor is not signalled so");
        }

        @Override
        public void close() {
            isClosed = true;
            lose();
        }
    }
}

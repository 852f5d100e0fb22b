// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.node;

import dev.bellhop.server.cluster.WireCodec;
import dev.bellhop.server.cluster.message.NodeRequest;
import dev.bellhop.server.cluster.message.NodeRequest.Chunk;
import dev.bellhop.server.cluster.message.StartContent;
import dev.bellhop.server.cluster.message.WireExecution;
import dev.bellhop.server.cluster.message.WireUnfinished;
import dev.bellhop.server.execution.CommandLine;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.OpenFiles;
import dev.bellhop.server.execution.OutputChunk;
import dev.bellhop.server.execution.OutputSize;
import dev.bellhop.server.execution.StartIntent;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.store.ExecutionJournal;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.NotHeldException;
import dev.bellhop.server.vm.VmId;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a node has stored of executions. A future is complete once an API server has it in its database. Of one execution, one
 * update goes after the other, and each has a higher step than the one before: whatever arrives late, or twice, changes nothing.
 * Thread safe.
 */
final class RemoteJournal implements ExecutionJournal {
    /** Of output in one message, which has room for twice that. */
    private static final int MAX_OUTPUT = 256 * 1024;

    /** Longer chunks are stored in pieces of this, as all output is. */
    private static final int PIECE = 64 * 1024;

    private final RemoteVms vms;
    private final ConcurrentMap<ExecutionId, Updates> updates = new ConcurrentHashMap<>();
    private final ExecutorService threads = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("journal-", 0).factory());

    /** Those of one execution. Guarded by this. */
    private static final class Updates {
        private long steps;
        private CompletableFuture<?> last = CompletableFuture.completedFuture(null);
    }

    RemoteJournal(RemoteVms vms) {
        this.vms = vms;
    }

    private <T> CompletableFuture<T> later(Supplier<T> work) {
        return CompletableFuture.supplyAsync(work, threads);
    }

    @Override
    public CompletableFuture<Void> ask(ExecutionId id, StartIntent asked) {
        return later(() -> {
            tellIfUnended(
                    id,
                    NodeRequest.ASK,
                    hold -> new NodeRequest.Ask(
                            hold.session(),
                            hold.vm(),
                            hold.epoch(),
                            id.value(),
                            asked.mode(),
                            asked.at(),
                            asked.spool(),
                            asked.boot()));
            return null;
        });
    }

    /** What has ended in the store, as where its caller gave up, is nobody's to start any more. */
    private void tellIfUnended(ExecutionId id, String kind, RemoteVms.Request request) {
        try {
            vms.tell(id, kind, request);
        } catch (BellhopException e) {
            if (e.code() == ErrorCode.EXECUTION_ENDED) {
                throw new NotHeldException();
            }
            throw e;
        }
    }

    @Override
    public CompletableFuture<Void> opened(ExecutionId id, OpenFiles files) {
        return later(() -> {
            vms.tell(
                    id,
                    NodeRequest.OPENED,
                    hold -> new NodeRequest.Opened(
                            hold.session(), hold.vm(), hold.epoch(), id.value(), files.stdout(), files.stderr()));
            return null;
        });
    }

    @Override
    public CompletableFuture<Long> update(Execution execution, List<OutputChunk> chunks) {
        Updates own = updates.computeIfAbsent(execution.id(), id -> new Updates());
        CompletableFuture<Long> sent;
        synchronized (own) {
            long step = ++own.steps;
            sent = own.last
                    .handle((done, failure) -> step)
                    .thenApplyAsync(number -> send(execution, number, chunks), threads);
            own.last = sent;
        }
        return sent.whenComplete((revision, failure) -> {
            if (failure == null && execution.state().isFinal()) {
                updates.remove(execution.id());
                vms.forget(execution.id());
            }
        });
    }

    private Long send(Execution execution, long step, List<OutputChunk> chunks) {
        List<Chunk> rest = pieces(chunks);
        List<Chunk> next = fitting(rest);
        while (next.size() < rest.size()) {
            List<Chunk> ahead = next;
            vms.tell(
                    execution.id(),
                    NodeRequest.OUTPUT,
                    hold -> new NodeRequest.Output(
                            hold.session(),
                            hold.vm(),
                            hold.epoch(),
                            execution.id().value(),
                            ahead));
            rest = rest.subList(next.size(), rest.size());
            next = fitting(rest);
        }
        List<Chunk> last = next;
        return vms.ask(
                        execution.id(),
                        NodeRequest.UPDATE,
                        hold -> new NodeRequest.Update(
                                hold.session(), hold.vm(), hold.epoch(), step, WireExecution.of(execution), last),
                        NodeRequest.Revision.class)
                .revision();
    }

    private static List<Chunk> pieces(List<OutputChunk> chunks) {
        List<Chunk> pieces = new ArrayList<>();
        for (OutputChunk chunk : chunks) {
            byte[] bytes = chunk.bytes();
            if (bytes.length <= MAX_OUTPUT) {
                pieces.add(new Chunk(chunk.stream(), chunk.offset(), bytes, chunk.readAt()));
                continue;
            }
            for (int from = 0; from < bytes.length; from += PIECE) {
                byte[] piece = Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + PIECE));
                pieces.add(new Chunk(chunk.stream(), chunk.offset() + from, piece, chunk.readAt()));
            }
        }
        return pieces;
    }

    /** The first ones, as many as one message holds. */
    private static List<Chunk> fitting(List<Chunk> chunks) {
        int bytes = 0;
        int count = 0;
        while (count < chunks.size() && (count == 0 || bytes + chunks.get(count).bytes().length <= MAX_OUTPUT)) {
            bytes += chunks.get(count).bytes().length;
            count++;
        }
        return chunks.subList(0, count);
    }

    /** Each is told by what the node's session finds. */
    @Override
    public List<Unfinished> unfinished() {
        throw new UnsupportedOperationException("a node's session takes up what is unfinished");
    }

    @Override
    public List<ExecutionId> unfinished(VmId vm, int limit) {
        List<ExecutionId> ids = new ArrayList<>();
        @Nullable UUID after = null;
        NodeRequest.UnfinishedPage page;
        do {
            UUID from = after;
            page = vms.ask(
                    vm,
                    NodeRequest.UNFINISHED,
                    hold -> new NodeRequest.ListUnfinished(hold.session(), hold.vm(), from),
                    NodeRequest.UnfinishedPage.class);
            for (WireUnfinished each : page.executions()) {
                after = each.execution().id();
                ids.add(new ExecutionId(after));
            }
        } while (page.more() && !page.executions().isEmpty());
        Collections.reverse(ids);
        return ids.subList(0, Math.min(limit, ids.size()));
    }

    @Override
    public Optional<CommandLine> command(ExecutionId id) {
        return content(id).map(content -> content.command().command());
    }

    @Override
    public Optional<StartOptions> startOptions(ExecutionId id) {
        return content(id).map(StartContent::options);
    }

    private Optional<StartContent> content(ExecutionId id) {
        VmId vm = vms.vmOf(id);
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        NodeRequest.ContentPiece piece;
        do {
            long offset = whole.size();
            piece = vms.ask(
                    vm,
                    NodeRequest.CONTENT,
                    hold -> new NodeRequest.Content(hold.session(), hold.vm(), hold.epoch(), id.value(), offset),
                    NodeRequest.ContentPiece.class);
            whole.writeBytes(piece.bytes());
        } while (whole.size() < piece.total() && piece.bytes().length > 0);
        if (piece.total() == 0) {
            throw new NotHeldException(); // It is not pending in the store any more, so nobody starts it.
        }
        return Optional.of(WireCodec.decodeLong(whole.toByteArray(), StartContent.class));
    }

    @Override
    public long longBytes(ExecutionId id) {
        return size(id).longBytes();
    }

    @Override
    public OutputSize outputSize(ExecutionId id) {
        NodeRequest.StoredSize size = size(id);
        return new OutputSize(size.stdoutBytes(), size.stderrBytes(), false);
    }

    /** @throws BellhopException {@code STORE_UNAVAILABLE} */
    private NodeRequest.StoredSize size(ExecutionId id) {
        return vms.ask(
                vms.vmOf(id),
                NodeRequest.SIZE,
                hold -> new NodeRequest.Size(hold.session(), hold.vm(), hold.epoch(), id.value()),
                NodeRequest.StoredSize.class);
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.api;

import static dev.bellhop.server.cluster.api.Requests.require;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.cluster.WireCodec;
import dev.bellhop.server.cluster.message.Answer;
import dev.bellhop.server.cluster.message.FencedException;
import dev.bellhop.server.cluster.message.NodeRequest;
import dev.bellhop.server.cluster.message.StartContent;
import dev.bellhop.server.cluster.message.WireCommand;
import dev.bellhop.server.cluster.message.WireUnfinished;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.engine.StartCheck;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What nodes are told of executions in VMs that they hold. */
final class ExecutionReads {
    /** Each may be kilobytes, and a message can carry no more of most. */
    private static final int PAGE = 200;

    private static final int PIECE_BYTES = Requests.MAX_CONTENT_BYTES;
    private static final Duration REMEMBERED = Duration.ofSeconds(10);
    private static final long MAX_REMEMBERED_BYTES = 64 << 20;

    private final NodeJournal journal;
    private final Nodes nodes;
    private final StartCheck mayStart;

    /** So that each piece of a long one does not have all of it decrypted once more. */
    private final Cache<ExecutionId, byte[]> contents = Caffeine.newBuilder()
            .expireAfterWrite(REMEMBERED)
            .maximumWeight(MAX_REMEMBERED_BYTES)
            .weigher((ExecutionId id, byte[] content) -> content.length)
            .build();

    ExecutionReads(NodeJournal journal, Nodes nodes, StartCheck mayStart) {
        this.journal = journal;
        this.nodes = nodes;
        this.mayStart = mayStart;
    }

    private static ExecutionId id(@Nullable UUID execution) {
        return new ExecutionId(require(execution, "the execution's id"));
    }

    Answer unfinished(NodeId node, NodeRequest.ListUnfinished list) throws FencedException {
        Long number = list.vm();
        VmId vm = number == null ? null : Requests.vm(number);
        UUID after = list.after();
        NodeJournal.Page page =
                journal.unfinished(node, list.session(), vm, after == null ? null : new ExecutionId(after), PAGE);
        // Where none of a page can be read, the node could not tell from where to go on.
        while (page.executions().isEmpty() && page.last() != null) {
            page = journal.unfinished(node, list.session(), vm, page.last(), PAGE);
        }
        List<WireUnfinished> fitting = Requests.fitting(page.executions(), WireUnfinished::of);
        boolean more = page.last() != null || fitting.size() < page.executions().size();
        return Answer.of(new NodeRequest.UnfinishedPage(fitting, more));
    }

    Answer mayStart(NodeId node, NodeRequest.MayStart request) throws FencedException {
        VmHold hold = new VmHold(node, request.session(), Requests.vm(request.vm()), request.epoch());
        Execution execution = journal.find(hold, id(request.execution()));
        if (execution.state().isFinal()) {
            throw new BellhopException(ErrorCode.EXECUTION_ENDED, "Cannot start this execution because it has ended");
        }
        Optional<StartCheck.Denial> denial = mayStart.denial(execution);
        if (denial.isPresent()) {
            throw denial.get().why();
        }
        if (nodes.isDrained(node)) {
            throw new BellhopException(
                    ErrorCode.AGENT_UNAVAILABLE,
                    "Cannot run a command in VM " + hold.vm() + " now because " + NodeCalls.drained(node));
        }
        return Answer.DONE;
    }

    Answer size(NodeId node, NodeRequest.Size request) throws FencedException {
        NodeJournal.Sizes sizes = journal.sizes(
                new VmHold(node, request.session(), Requests.vm(request.vm()), request.epoch()),
                id(request.execution()));
        return Answer.of(new NodeRequest.StoredSize(
                sizes.output().stdoutBytes(), sizes.output().stderrBytes(), sizes.longBytes()));
    }

    Answer content(NodeId node, NodeRequest.Content request) throws FencedException {
        VmHold hold = new VmHold(node, request.session(), Requests.vm(request.vm()), request.epoch());
        ExecutionId id = id(request.execution());
        // Asked for each piece, remembered or not.
        journal.find(hold, id);
        byte[] content = contents.getIfPresent(id);
        if (content == null) {
            content = journal.start(hold, id).map(ExecutionReads::encoded).orElse(new byte[0]);
            contents.put(id, content);
        }
        require(request.offset() >= 0 && request.offset() <= content.length, "there is no such piece");
        int from = (int) request.offset();
        byte[] piece = Arrays.copyOfRange(content, from, Math.min(content.length, from + PIECE_BYTES));
        if (from + piece.length == content.length) {
            contents.invalidate(id);
        }
        return Answer.of(new NodeRequest.ContentPiece(content.length, piece));
    }

    private static byte[] encoded(NodeJournal.Start start) {
        return WireCodec.encodeLong(StartContent.of(WireCommand.of(start.command()), start.options()));
    }
}

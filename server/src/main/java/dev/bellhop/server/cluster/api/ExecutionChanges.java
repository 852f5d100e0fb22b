// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.api;

import static dev.bellhop.server.cluster.api.Requests.await;
import static dev.bellhop.server.cluster.api.Requests.require;

import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.cluster.message.Answer;
import dev.bellhop.server.cluster.message.FencedException;
import dev.bellhop.server.cluster.message.NodeRequest;
import dev.bellhop.server.cluster.message.WireExecution;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.OpenFiles;
import dev.bellhop.server.execution.OutputChunk;
import dev.bellhop.server.execution.StartIntent;
import dev.bellhop.server.vm.VmId;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What nodes have stored of executions. */
final class ExecutionChanges {
    private final NodeJournal journal;
    private final ExecutionListener listener;

    /** @param listener told of each execution with a new revision */
    ExecutionChanges(NodeJournal journal, ExecutionListener listener) {
        this.journal = journal;
        this.listener = listener;
    }

    private static VmHold hold(NodeId node, long session, long vm, long epoch) {
        return new VmHold(node, session, Requests.vm(vm), epoch);
    }

    private static ExecutionId id(@Nullable UUID execution) {
        return new ExecutionId(require(execution, "the execution's id"));
    }

    private Answer changed(ExecutionId id) {
        listener.changed(id);
        return Answer.DONE;
    }

    Answer ask(NodeId node, NodeRequest.Ask ask) throws FencedException {
        ExecutionId id = id(ask.execution());
        StartIntent intent = new StartIntent(
                require(ask.mode(), "the mode"), require(ask.at(), "the time"), ask.spool(), ask.boot());
        await(journal.ask(hold(node, ask.session(), ask.vm(), ask.epoch()), id, intent));
        return changed(id);
    }

    Answer opened(NodeId node, NodeRequest.Opened opened) throws FencedException {
        ExecutionId id = id(opened.execution());
        await(journal.opened(
                hold(node, opened.session(), opened.vm(), opened.epoch()),
                id,
                new OpenFiles(opened.stdout(), opened.stderr())));
        return changed(id);
    }

    /** Nobody has to look: what it adds counts with the next update. */
    Answer output(NodeId node, NodeRequest.Output output) throws FencedException {
        await(journal.output(
                hold(node, output.session(), output.vm(), output.epoch()),
                id(output.execution()),
                chunks(output.chunks())));
        return Answer.DONE;
    }

    Answer update(NodeId node, NodeRequest.Update update) throws FencedException {
        VmId vm = Requests.vm(update.vm());
        WireExecution wire = require(update.execution(), "the execution");
        Execution execution = Requests.readable(wire::execution);
        require(execution.vm().equals(vm), "it is about two VMs");
        require(execution.state() != ExecutionState.PENDING, "an execution is not pending again");
        require(
                execution.state().isFinal() == (execution.finishedAt() != null),
                "an execution has an end exactly if it has ended");
        NodeJournal.Updated updated = await(journal.update(
                new VmHold(node, update.session(), vm, update.epoch()),
                update.step(),
                execution,
                chunks(update.chunks())));
        if (updated.isNew() && execution.state().isFinal()) {
            listener.ended(execution);
        } else {
            listener.changed(execution.id());
        }
        return Answer.of(new NodeRequest.Revision(updated.revision()));
    }

    private static List<OutputChunk> chunks(@Nullable List<NodeRequest.Chunk> chunks) {
        return chunks == null
                ? List.of()
                : chunks.stream().map(ExecutionChanges::chunk).toList();
    }

    private static OutputChunk chunk(NodeRequest.Chunk chunk) {
        require(chunk.offset() >= 0, "output begins before its beginning");
        return new OutputChunk(
                require(chunk.stream(), "the stream"),
                chunk.offset(),
                require(chunk.bytes(), "the output"),
                chunk.readAt());
    }

    Answer wish(NodeId node, NodeRequest.Wish wish) throws FencedException {
        ExecutionId id = id(wish.execution());
        await(journal.cancel(
                hold(node, wish.session(), wish.vm(), wish.epoch()), id, require(wish.grace(), "the grace period")));
        return changed(id);
    }
}

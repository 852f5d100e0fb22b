// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.api;

import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.cluster.message.FencedException;
import dev.bellhop.server.execution.CommandLine;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.OpenFiles;
import dev.bellhop.server.execution.OutputChunk;
import dev.bellhop.server.execution.OutputSize;
import dev.bellhop.server.execution.StartIntent;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.store.ExecutionJournal;
import dev.bellhop.server.execution.store.ExecutionJournal.Unfinished;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The {@link ExecutionJournal} for nodes: what they store of executions in VMs that they hold, and read of them.
 *
 * <p>A node may be frozen, cut off or broken into, so it is believed no more than it has to be. Everything fails with a {@link
 * FencedException} unless the node holds the VM by just this session and epoch when it is stored; with {@code NOT_FOUND} where there is
 * no such execution in that VM, whether there is one elsewhere or not; and with {@code STORE_UNAVAILABLE}. Whose an execution is, and
 * what it runs, stays as it was stored in the first place. Everything may be repeated, and changes nothing then. Thread safe.
 */
public interface NodeJournal {
    /** As {@link ExecutionJournal#ask}; fails with {@code EXECUTION_ENDED} where it has ended: no guest is to be asked. */
    CompletableFuture<Void> ask(VmHold hold, ExecutionId id, StartIntent asked);

    /** As {@link ExecutionJournal#opened}; of one that has ended nothing is stored. */
    CompletableFuture<Void> opened(VmHold hold, ExecutionId id, OpenFiles files);

    /** Adds to the output of an execution, which the next update is to count; of one that has ended nothing is stored. */
    CompletableFuture<Void> output(VmHold hold, ExecutionId id, List<OutputChunk> chunks);

    /**
     * As {@link ExecutionJournal#update}. One that has ended stays as it is, and so does one of which this or a later step of the
     * same hold is stored.
     *
     * @return what is stored from then on
     */
    CompletableFuture<Updated> update(VmHold hold, long step, Execution execution, List<OutputChunk> chunks);

    /**
     * What came of an update.
     *
     * @param revision of the execution from then on
     * @param isNew whether it has changed anything
     */
    record Updated(long revision, boolean isNew) {}

    /** Stores that somebody wants an execution to end, if it has not. */
    CompletableFuture<Void> cancel(VmHold hold, ExecutionId id, Duration grace);

    /** One execution. */
    Execution find(VmHold hold, ExecutionId id) throws FencedException;

    /** How much is stored of an execution. */
    Sizes sizes(VmHold hold, ExecutionId id) throws FencedException;

    /**
     * How much is stored.
     *
     * @param longBytes as {@link ExecutionJournal#longBytes}
     */
    record Sizes(OutputSize output, long longBytes) {}

    /** What it takes to start an execution; empty where it is not pending any more. */
    Optional<Start> start(VmHold hold, ExecutionId id) throws FencedException;

    /** The whole command, and its options. */
    record Start(CommandLine command, StartOptions options) {
        @Override
        public String toString() {
            return "Start[]";
        }
    }

    /**
     * Executions that have not ended in the VMs that a node holds in its session, oldest first. Those that cannot be decrypted are
     * left out.
     *
     * @param vm of this VM alone; absent for all
     * @param after only those with a greater id; absent to begin with the oldest
     * @throws BellhopException {@code STORE_UNAVAILABLE}
     */
    Page unfinished(NodeId node, long session, @Nullable VmId vm, @Nullable ExecutionId after, int limit)
            throws FencedException;

    /**
     * A part of them.
     *
     * @param last the last that was looked at; absent where there are no more behind it
     */
    record Page(List<Unfinished> executions, @Nullable ExecutionId last) {
        public Page {
            executions = List.copyOf(executions);
        }
    }
}

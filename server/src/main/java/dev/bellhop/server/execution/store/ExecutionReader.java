// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.store;

import dev.bellhop.server.execution.CommandLine;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionSnapshot;
import dev.bellhop.server.execution.OutputSize;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.execution.ReadTime;
import dev.bellhop.server.tenant.TenantFilter;
import dev.bellhop.server.vm.VmId;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Reads stored executions. If a command is long, they have only its {@link CommandLine.Truncated beginning}. */
public interface ExecutionReader {
    Optional<Execution> find(ExecutionId id);

    /** Returns the execution if one of these tenants started it. */
    Optional<Execution> find(ExecutionId id, TenantFilter tenants);

    /** Returns the stored revision; empty if there is no such execution. */
    OptionalLong revision(ExecutionId id);

    /** Returns the greatest id; empty if nothing is stored. */
    Optional<ExecutionId> newestId();

    /** Returns the newest execution in a VM with this guest pid. */
    Optional<Execution> findNewest(VmId vm, long pid, TenantFilter tenants);

    /** Returns the newest executions in a VM that have a pid, newest first. */
    List<Execution> recent(VmId vm, TenantFilter tenants, int limit);

    /**
     * Returns executions that match a filter, newest first. It reads only as many rows as take moments, so a page can
     * be short or empty although the list continues.
     *
     * @param before only ids smaller than this one; absent to start with the newest
     */
    Page list(ExecutionFilter filter, @Nullable ExecutionId before, int limit);

    /**
     * A part of a list.
     *
     * @param next the value of {@code before} for the next page; absent at the end of the list
     */
    record Page(List<Execution> executions, @Nullable ExecutionId next) {
        public Page {
            executions = List.copyOf(executions);
        }
    }

    /**
     * Returns stored bytes of one stream from an offset: {@code limit} bytes, or fewer only at the end of the stored
     * stream.
     */
    byte[] output(ExecutionId id, OutputStreamName stream, long offset, int limit);

    /** Returns an execution with its stored output if that is small. */
    default ExecutionSnapshot snapshot(Execution execution) {
        OutputSize size = execution.output();
        return size.total() > ExecutionSnapshot.SMALL_OUTPUT
                ? new ExecutionSnapshot(execution, null, null)
                : new ExecutionSnapshot(
                        execution,
                        whole(execution.id(), OutputStreamName.STDOUT, size.stdoutBytes()),
                        whole(execution.id(), OutputStreamName.STDERR, size.stderrBytes()));
    }

    private byte[] whole(ExecutionId id, OutputStreamName stream, long bytes) {
        return bytes == 0 ? new byte[0] : output(id, stream, 0, (int) bytes);
    }

    /**
     * Returns up to {@code limit} read times of one stream, in order. The first is the time of the read that contains
     * the byte at {@code offset}. Empty if there is no such byte.
     */
    List<ReadTime> readTimes(ExecutionId id, OutputStreamName stream, long offset, int limit);
}

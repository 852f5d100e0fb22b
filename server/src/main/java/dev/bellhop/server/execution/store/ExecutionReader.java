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

/** Executions as they are stored. Of a long command they have the {@link CommandLine.Truncated beginning}. */
public interface ExecutionReader {
    Optional<Execution> find(ExecutionId id);

    /** As the other, if one of these tenants started it. */
    Optional<Execution> find(ExecutionId id, TenantFilter tenants);

    /** The stored revision; empty where there is no such execution. */
    OptionalLong revision(ExecutionId id);

    /** The greatest id there is; empty where nothing is stored. */
    Optional<ExecutionId> newestId();

    /** Of the executions in a VM that the guest called by this pid, the newest. */
    Optional<Execution> findNewest(VmId vm, long pid, TenantFilter tenants);

    /** The newest executions in a VM that have a pid, newest first. */
    List<Execution> recent(VmId vm, TenantFilter tenants, int limit);

    /**
     * Executions that fit a filter, newest first. It looks at so many that this takes moments only, and so may find fewer than
     * there are, even none, and yet say where to go on.
     *
     * @param before only ids smaller than this one; absent to begin with the newest
     */
    Page list(ExecutionFilter filter, @Nullable ExecutionId before, int limit);

    /**
     * A part of a list.
     *
     * @param next before which the list goes on; absent where there is no more
     */
    record Page(List<Execution> executions, @Nullable ExecutionId next) {
        public Page {
            executions = List.copyOf(executions);
        }
    }

    /**
     * Stored bytes of one stream from an offset on: {@code limit} of them, or fewer only where the stored stream ends.
     */
    byte[] output(ExecutionId id, OutputStreamName stream, long offset, int limit);

    /** An execution with its output as it is stored, where that is small. */
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
     * When stored bytes of one stream were read, in their order: first of those among which the byte at this offset is, then of
     * those that follow, at most so many times. None where there is no such byte.
     */
    List<ReadTime> readTimes(ExecutionId id, OutputStreamName stream, long offset, int limit);
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.node;

import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.execution.ReadTime;
import dev.bellhop.server.execution.store.ExecutionFilter;
import dev.bellhop.server.execution.store.ExecutionReader;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.tenant.TenantFilter;
import dev.bellhop.server.vm.VmId;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Nobody reads results at a node: it finds nothing, and says of output that it is elsewhere. */
final class NodeReader implements ExecutionReader {
    @Override
    public Optional<Execution> find(ExecutionId id) {
        return Optional.empty();
    }

    @Override
    public Optional<Execution> find(ExecutionId id, TenantFilter tenants) {
        return Optional.empty();
    }

    @Override
    public OptionalLong revision(ExecutionId id) {
        return OptionalLong.empty();
    }

    @Override
    public Optional<ExecutionId> newestId() {
        return Optional.empty();
    }

    @Override
    public Optional<Execution> findNewest(VmId vm, long pid, TenantFilter tenants) {
        return Optional.empty();
    }

    @Override
    public List<Execution> recent(VmId vm, TenantFilter tenants, int limit) {
        return List.of();
    }

    @Override
    public Page list(ExecutionFilter filter, @Nullable ExecutionId before, int limit) {
        return new Page(List.of(), null);
    }

    @Override
    public byte[] output(ExecutionId id, OutputStreamName stream, long offset, int limit) {
        throw new BellhopException(
                ErrorCode.STORE_UNAVAILABLE, "Cannot read output here because the API servers of the cluster keep it");
    }

    @Override
    public List<ReadTime> readTimes(ExecutionId id, OutputStreamName stream, long offset, int limit) {
        return List.of();
    }
}

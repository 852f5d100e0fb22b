// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.node;

import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.store.ExecutionIntake;
import dev.bellhop.server.execution.store.ExecutionJournal;
import dev.bellhop.server.execution.store.ExecutionReader;
import dev.bellhop.server.execution.store.ExecutionStore;
import dev.bellhop.server.vm.VmId;
import org.jspecify.annotations.Nullable;

/**
 * The store as a node has it: API servers keep what is written, and tell what is to be known. It has to be told of each execution
 * first, since nothing but the VM that one is in says by what right the node may write. Thread safe.
 */
public final class RemoteExecutionStore implements ExecutionStore {
    private final RemoteVms vms;
    private final RemoteJournal journal;
    private final NodeIntake intake;
    private final NodeReader reader = new NodeReader();

    public RemoteExecutionStore(ApiCalls calls, Holds holds) {
        this.vms = new RemoteVms(calls, holds);
        this.journal = new RemoteJournal(vms);
        this.intake = new NodeIntake(vms);
    }

    /** The node knows of an execution from now on, which was found in the store. */
    public void told(ExecutionId id, VmId vm) {
        vms.told(id, vm);
    }

    /**
     * The node knows of an execution from now on, which an API server has just ordered.
     *
     * @param server which; absent where it did not say
     */
    void ordered(ExecutionId id, VmId vm, @Nullable String server) {
        vms.ordered(id, vm, server);
    }

    /** It was not begun. */
    public void forget(ExecutionId id) {
        vms.forget(id);
    }

    /** The VM is another node's. */
    public void forget(VmId vm) {
        vms.forget(vm);
    }

    RemoteVms vms() {
        return vms;
    }

    @Override
    public ExecutionReader reader() {
        return reader;
    }

    @Override
    public ExecutionIntake intake() {
        return intake;
    }

    @Override
    public ExecutionJournal journal() {
        return journal;
    }
}

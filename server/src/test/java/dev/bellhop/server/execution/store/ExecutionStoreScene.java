// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.store;

import dev.bellhop.server.audit.AuditStore;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.OutputChunk;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;

/** A store of executions that is under test, and how a test fills it. */
interface ExecutionStoreScene {
    VmId VM = new VmId(1);

    /** The store under test, empty when a test begins. */
    ExecutionStore store();

    /** Closes the store and opens another one on what it has kept. */
    ExecutionStore reopened() throws Exception;

    /** The audit trail of the same place. */
    AuditStore audit();

    default Execution inserted(Execution execution) {
        store().intake().insert(execution, StartOptions.PLAIN, null, null).join();
        return execution;
    }

    default Execution updated(Execution execution, OutputChunk... chunks) {
        store().journal().update(execution, List.of(chunks)).join();
        return execution;
    }

    static OutputChunk stdout(long offset, String text) {
        return new OutputChunk(OutputStreamName.STDOUT, offset, bytes(text));
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    default String output(Execution execution, OutputStreamName stream, long offset, int limit) {
        return new String(store().reader().output(execution.id(), stream, offset, limit), StandardCharsets.UTF_8);
    }

    default int deleted(Instant before) {
        return store().intake()
                .deleteFinishedBefore(Tenant.operator(), before)
                .join()
                .executions()
                .size();
    }
}

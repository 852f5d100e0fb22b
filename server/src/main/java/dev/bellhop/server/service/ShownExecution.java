// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.vm.VmName;
import org.jspecify.annotations.Nullable;

/**
 * An execution as a caller is shown it.
 *
 * @param hasCommand whether the caller may see what is run: commands can hold secrets, as output can
 * @param output absent where it is not shown
 * @param approval absent where it needs none
 * @param vmName what people call its VM now; absent where its hypervisor knows no name
 * @param queuePlace 1 for the next; absent where it does not wait for its turn, or that is not shown
 */
public record ShownExecution(
        Execution execution,
        boolean hasCommand,
        @Nullable Output output,
        @Nullable ShownApproval approval,
        @Nullable VmName vmName,
        @Nullable Integer queuePlace) {
    /** All that a command wrote, masked. */
    @SuppressWarnings("ArrayRecordComponent") // Made for one answer and read once.
    public record Output(byte[] stdout, byte[] stderr) {}

    /**
     * An approval that an execution waits for.
     *
     * @param digest of all that is to be seen before it is given
     * @param keyName whose key asks for it
     * @param accountName the account of that key
     * @param asked what the command would be started with
     */
    public record ShownApproval(
            @Nullable String digest,
            @Nullable String keyName,
            @Nullable String accountName,
            StartOptions asked) {}
}

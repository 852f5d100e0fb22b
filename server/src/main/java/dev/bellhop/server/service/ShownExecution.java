// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.vm.VmName;
import org.jspecify.annotations.Nullable;

/**
 * An execution in the form that a caller sees.
 *
 * @param hasCommand whether the caller is allowed to see the command, which can hold secrets just like output
 * @param output absent if it is not shown
 * @param approval absent if it needs none
 * @param vmName the current display name of its VM; absent if its hypervisor knows no name
 * @param queuePlace 1 for the next; absent if the execution is not queued, or the place is not shown
 */
public record ShownExecution(
        Execution execution,
        boolean hasCommand,
        @Nullable Output output,
        @Nullable ShownApproval approval,
        @Nullable VmName vmName,
        @Nullable Integer queuePlace) {
    /** The complete output of a command, masked. */
    @SuppressWarnings("ArrayRecordComponent") // Made for one answer and read once.
    public record Output(byte[] stdout, byte[] stderr) {}

    /**
     * An approval that an execution waits for.
     *
     * @param digest the digest of all that the approver must see
     * @param keyName the name of the key that asks for it
     * @param accountName the account of that key
     * @param asked the start options of the command
     */
    public record ShownApproval(
            @Nullable String digest,
            @Nullable String keyName,
            @Nullable String accountName,
            StartOptions asked) {}
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import dev.bellhop.api.approval.ApprovalRequest;
import java.time.Duration;

/** Computes the digest that binds an approval to one command, with its options, VM, key and account. */
public final class ApprovalDigest {
    private ApprovalDigest() {}

    /**
     * Returns the digest of an execution that has its whole command.
     *
     * @param options the options for its start
     */
    public static String of(Execution execution, StartOptions options) {
        ExecutionSpec spec = execution.spec();
        if (execution.hasMore()) {
            throw new IllegalStateException("the beginning of a command says nothing of the rest");
        }
        CommandLine.Script script = spec.command() instanceof CommandLine.Script text ? text : null;
        CommandLine.Argv argv = spec.command() instanceof CommandLine.Argv words ? words : null;
        Duration timeout = spec.timeout();
        SavedCommandVersion saved = spec.saved();
        return new ApprovalRequest(
                        execution.id().toString(),
                        execution.vm().value(),
                        spec.keyId(),
                        spec.tenant().accountId(),
                        script == null ? null : script.text(),
                        script == null ? null : script.shell(),
                        argv == null ? null : argv.argv(),
                        options.user(),
                        options.cwd(),
                        options.env(),
                        options.stdin(),
                        timeout == null ? null : timeout.toSeconds(),
                        saved == null ? null : saved.name(),
                        saved == null ? null : saved.version(),
                        options.parameters(),
                        spec.labels(),
                        options.salt())
                .digest();
    }

    /** Checks that an execution needs no approval, or that its approval matches these start options. */
    public static boolean isApproved(Execution execution, StartOptions options) {
        Approval approval = execution.approval();
        return approval == null || of(execution, options).equals(approval.digest());
    }
}

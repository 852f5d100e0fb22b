// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import dev.bellhop.server.access.WaiterLimit;
import dev.bellhop.server.audit.AuditTrail;
import dev.bellhop.server.file.FileSettings;
import dev.bellhop.server.forward.Forwards;
import dev.bellhop.server.limit.FairTurns;
import dev.bellhop.server.masking.Maskers;
import dev.bellhop.server.operation.OperationSettings;
import dev.bellhop.server.service.AgentExec;
import dev.bellhop.server.service.ExecutionAccess;
import dev.bellhop.server.service.ExecutionControl;
import dev.bellhop.server.service.ExecutionReads;
import dev.bellhop.server.service.ExecutionShow;
import dev.bellhop.server.service.ExecutionStarts;
import dev.bellhop.server.service.ForwardControl;
import dev.bellhop.server.service.ForwardPolicy;
import dev.bellhop.server.service.MaskedOutput;
import dev.bellhop.server.service.PolicyCheck;
import dev.bellhop.server.service.SavedRuns;
import dev.bellhop.server.service.SshEndpoint;
import dev.bellhop.server.service.SshEndpointReads;
import dev.bellhop.server.service.Timeouts;
import dev.bellhop.server.service.VmAccess;
import dev.bellhop.server.service.VmUseCase;
import dev.bellhop.server.service.admin.AccountAdmin;
import dev.bellhop.server.service.admin.AuditReads;
import dev.bellhop.server.service.admin.EncryptionAdmin;
import dev.bellhop.server.service.admin.KeyAdmin;
import dev.bellhop.server.service.admin.MaskAdmin;
import dev.bellhop.server.service.admin.NodeAdmin;
import dev.bellhop.server.service.admin.NodeJoins;
import dev.bellhop.server.service.admin.PolicyAdmin;
import dev.bellhop.server.service.admin.SavedCommandAdmin;
import dev.bellhop.server.service.admin.SshKeyAdmin;
import dev.bellhop.server.service.admin.VmOwnership;
import dev.bellhop.server.service.file.FileServices;
import dev.bellhop.server.service.terminal.RecordingReads;
import dev.bellhop.server.service.terminal.TerminalControl;
import dev.bellhop.server.service.vm.Checkups;
import dev.bellhop.server.service.vm.FileSystemActions;
import dev.bellhop.server.service.vm.GuestClock;
import dev.bellhop.server.service.vm.GuestUsers;
import dev.bellhop.server.service.vm.OperationReads;
import dev.bellhop.server.service.vm.OperationStarts;
import dev.bellhop.server.service.vm.VmReads;
import dev.bellhop.server.terminal.Terminals;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * All use cases of a server, made once. Every door calls these. Thread safe.
 *
 * @param inVms the use cases that are only declared
 */
public record UseCases(
        VmAccess vms,
        ExecutionAccess executions,
        AgentExec exec,
        ExecutionStarts starts,
        ExecutionReads reads,
        ExecutionControl control,
        VmReads vmReads,
        VmOwnership ownership,
        OperationStarts operationStarts,
        OperationReads operationReads,
        List<VmUseCase<?, ?>> inVms,
        Checkups checkups,
        FileServices files,
        TerminalControl terminals,
        RecordingReads recordings,
        ForwardControl forwards,
        AccountAdmin accounts,
        KeyAdmin keys,
        SshKeyAdmin sshKeys,
        SshEndpointReads sshDoor,
        PolicyAdmin policies,
        MaskAdmin masks,
        SavedCommandAdmin savedCommands,
        AuditReads audit,
        EncryptionAdmin encryption,
        NodeAdmin nodes,
        NodeJoins nodeJoins) {
    public UseCases {
        inVms = List.copyOf(inVms);
    }

    /**
     * The parts of a server that use cases need, apart from its database and its VMs.
     *
     * @param turns limits CPU-intensive work
     * @param sshDoor empty if it is off
     * @param serving false once the server stops: waits and transfers then end
     */
    public record Parts(
            Terminals terminals,
            Forwards forwards,
            WaiterLimit waiters,
            FairTurns turns,
            FileSettings files,
            OperationSettings power,
            Timeouts timeouts,
            Clock clock,
            Supplier<Optional<SshEndpoint>> sshDoor,
            BooleanSupplier serving) {}

    /** Makes the use cases of a server. */
    public static UseCases of(Stored stored, Backend backend, Parts parts) {
        var keys = stored.keys();
        var accounts = stored.accounts();
        AuditTrail audit = stored.audit();
        var nodes = backend.nodes();
        var executions = backend.executions();
        FairTurns turns = parts.turns();
        WaiterLimit waiters = parts.waiters();
        BooleanSupplier serving = parts.serving();
        Maskers maskers = new Maskers(stored.masks());
        MaskedOutput output = new MaskedOutput(executions.stored(), maskers, turns);
        PolicyCheck policy = new PolicyCheck(keys, accounts, turns);
        VmAccess vms = new VmAccess(backend.vms(), accounts);
        ExecutionAccess byId = new ExecutionAccess(executions, keys, accounts, serving);
        ExecutionShow show = new ExecutionShow(backend.engine(), executions, keys, accounts, backend.vms());
        SavedRuns savedRuns = new SavedRuns(stored.savedCommands(), turns);
        Checkups checkups = new Checkups(backend.guests(), parts.clock());
        return new UseCases(
                vms,
                byId,
                new AgentExec(backend.engine(), executions, policy, output, vms, backend.vms(), parts.timeouts()),
                new ExecutionStarts(backend.engine(), byId, policy, savedRuns, output, show, waiters, parts.timeouts()),
                new ExecutionReads(executions, byId, accounts, output, show, waiters),
                new ExecutionControl(backend.engine(), executions, byId, show, policy, parts.timeouts()),
                new VmReads(backend.vms(), accounts, vms, keys, waiters, serving),
                new VmOwnership(backend.vms(), accounts, backend.engine()::vmReassigned),
                new OperationStarts(backend.vms(), parts.power()),
                new OperationReads(backend.operations(), keys, accounts, waiters, serving),
                Stream.of(
                                new FileSystemActions(backend.guests(), vms, waiters).useCases(),
                                new GuestClock(backend.guests()).useCases(),
                                new GuestUsers(backend.guests(), parts.clock()).useCases(),
                                checkups.useCases())
                        .flatMap(List::stream)
                        .toList(),
                checkups,
                FileServices.of(backend.files(), parts.files(), vms, keys, accounts, turns, serving),
                new TerminalControl(parts.terminals(), nodes != null, vms, policy, audit),
                new RecordingReads(stored.recordings(), keys, accounts, maskers, turns, serving),
                new ForwardControl(parts.forwards(), nodes != null, vms, new ForwardPolicy(keys, accounts)),
                new AccountAdmin(accounts, stored.savedCommands()),
                new KeyAdmin(keys, accounts),
                new SshKeyAdmin(stored.sshKeys(), keys),
                new SshEndpointReads(parts.sshDoor()),
                new PolicyAdmin(keys, accounts),
                new MaskAdmin(stored.masks(), accounts),
                new SavedCommandAdmin(stored.savedCommands(), accounts, turns, backend.engine()::savedCommandDeleted),
                new AuditReads(audit, keys),
                new EncryptionAdmin(stored.encryption()),
                new NodeAdmin(nodes),
                new NodeJoins(nodes, audit));
    }
}

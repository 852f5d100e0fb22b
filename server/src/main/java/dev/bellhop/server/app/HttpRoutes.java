// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.access.Gatekeeper;
import dev.bellhop.server.access.Keys;
import dev.bellhop.server.access.WaiterLimit;
import dev.bellhop.server.access.ssh.SshKeys;
import dev.bellhop.server.audit.AuditTrail;
import dev.bellhop.server.cluster.admin.NodeManagement;
import dev.bellhop.server.encryption.KeyRotation;
import dev.bellhop.server.execution.engine.Engine;
import dev.bellhop.server.execution.engine.ExecutionLookup;
import dev.bellhop.server.file.FileSettings;
import dev.bellhop.server.file.GuestFiles;
import dev.bellhop.server.forward.Forwards;
import dev.bellhop.server.guest.question.Guests;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.http.v1.V1Exec;
import dev.bellhop.server.http.v1.V1Jobs;
import dev.bellhop.server.http.v1.V1Status;
import dev.bellhop.server.http.v2.V2Exec;
import dev.bellhop.server.http.v2.V2ExecutionActions;
import dev.bellhop.server.http.v2.V2ExecutionEvents;
import dev.bellhop.server.http.v2.V2Executions;
import dev.bellhop.server.http.v2.V2FileSystems;
import dev.bellhop.server.http.v2.V2Operations;
import dev.bellhop.server.http.v2.V2Output;
import dev.bellhop.server.http.v2.V2Recordings;
import dev.bellhop.server.http.v2.V2SshDoor;
import dev.bellhop.server.http.v2.V2TerminalSocket;
import dev.bellhop.server.http.v2.V2Terminals;
import dev.bellhop.server.http.v2.V2Vms;
import dev.bellhop.server.http.v2.admin.V2Accounts;
import dev.bellhop.server.http.v2.admin.V2Audit;
import dev.bellhop.server.http.v2.admin.V2Encryption;
import dev.bellhop.server.http.v2.admin.V2Keys;
import dev.bellhop.server.http.v2.admin.V2Masks;
import dev.bellhop.server.http.v2.admin.V2Nodes;
import dev.bellhop.server.http.v2.admin.V2Policies;
import dev.bellhop.server.http.v2.admin.V2SavedCommands;
import dev.bellhop.server.http.v2.admin.V2SshKeys;
import dev.bellhop.server.http.v2.file.FileRoutes;
import dev.bellhop.server.http.v2.forward.V2Forwards;
import dev.bellhop.server.http.v2.guest.V2Doctor;
import dev.bellhop.server.http.v2.guest.V2GuestClock;
import dev.bellhop.server.http.v2.guest.V2GuestUsers;
import dev.bellhop.server.limit.FairTurns;
import dev.bellhop.server.masking.Maskers;
import dev.bellhop.server.masking.Masks;
import dev.bellhop.server.operation.OperationLookup;
import dev.bellhop.server.operation.OperationSettings;
import dev.bellhop.server.policy.SavedCommands;
import dev.bellhop.server.recording.RecordingStore;
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
import dev.bellhop.server.ssh.SshServices;
import dev.bellhop.server.ssh.memory.DoorMemory;
import dev.bellhop.server.ssh.sftp.SftpSubsystem;
import dev.bellhop.server.stream.StreamOpener;
import dev.bellhop.server.terminal.Terminals;
import dev.bellhop.server.vms.Vms;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Makes the use cases from their parts, and the routes of both versions that call them.
 *
 * @param turns limits CPU-intensive work
 * @param guests answers questions to guests other than commands
 * @param nodes absent if the server is not part of a cluster
 * @param sshDoor empty if it is off
 */
public record HttpRoutes(
        Keys keys,
        SshKeys sshKeys,
        Accounts accounts,
        SavedCommands savedCommands,
        WaiterLimit waiters,
        Vms vms,
        GuestFiles files,
        FileSettings fileSettings,
        Engine engine,
        ExecutionLookup executions,
        OperationLookup operations,
        OperationSettings power,
        Masks masks,
        FairTurns turns,
        AuditTrail audit,
        KeyRotation encryption,
        Guests guests,
        @Nullable NodeManagement nodes,
        Terminals terminals,
        Forwards forwards,
        RecordingStore recordings,
        Supplier<Optional<SshEndpoint>> sshDoor,
        Timeouts timeouts,
        Clock clock) {
    /**
     * Returns the services that the SSH door calls.
     *
     * @param memory for open channels
     * @param serving as for {@link #routes}
     */
    SshServices ssh(Gatekeeper gatekeeper, StreamOpener streams, DoorMemory memory, BooleanSupplier serving) {
        VmAccess access = new VmAccess(vms, accounts);
        MaskedOutput output = new MaskedOutput(executions.stored(), new Maskers(masks), turns);
        ExecutionAccess byId = new ExecutionAccess(executions, keys, accounts, serving);
        ExecutionShow show = new ExecutionShow(engine, executions, keys, accounts, vms);
        PolicyCheck policy = new PolicyCheck(keys, accounts, turns);
        return new SshServices(
                gatekeeper,
                audit,
                access,
                new VmReads(vms, accounts, access, keys, waiters, serving),
                byId,
                new ExecutionStarts(
                        engine, byId, policy, new SavedRuns(savedCommands, turns), output, show, waiters, timeouts),
                new ExecutionReads(executions, byId, accounts, output, show, waiters),
                new ExecutionControl(engine, executions, byId, show, policy, timeouts),
                new TerminalControl(terminals, nodes != null, access, policy, audit),
                forwardControl(access),
                memory,
                streams,
                serving);
    }

    private ForwardControl forwardControl(VmAccess access) {
        return new ForwardControl(forwards, nodes != null, access, new ForwardPolicy(keys, accounts));
    }

    /**
     * Returns the SSH door's file service.
     *
     * @param serving as for {@link #routes}
     */
    SftpSubsystem sftp(Gatekeeper gatekeeper, BooleanSupplier serving) {
        VmAccess access = new VmAccess(vms, accounts);
        FileServices services = FileServices.of(files, fileSettings, access, keys, accounts, turns, serving);
        return new SftpSubsystem(access, audit, services, gatekeeper);
    }

    /**
     * Returns the routes of both versions.
     *
     * @param serving false once the server is stopping: then callers no longer wait
     */
    public List<Route> routes(BooleanSupplier serving) {
        VmAccess access = new VmAccess(vms, accounts);
        Maskers maskers = new Maskers(masks);
        MaskedOutput output = new MaskedOutput(executions.stored(), maskers, turns);
        ExecutionAccess byId = new ExecutionAccess(executions, keys, accounts, serving);
        ExecutionShow show = new ExecutionShow(engine, executions, keys, accounts, vms);
        PolicyCheck policy = new PolicyCheck(keys, accounts, turns);
        SavedRuns savedRuns = new SavedRuns(savedCommands, turns);
        AgentExec exec = new AgentExec(engine, executions, policy, output, access, vms, timeouts);
        ExecutionStarts starts = new ExecutionStarts(engine, byId, policy, savedRuns, output, show, waiters, timeouts);
        ExecutionReads reads = new ExecutionReads(executions, byId, accounts, output, show, waiters);
        ExecutionControl control = new ExecutionControl(engine, executions, byId, show, policy, timeouts);
        VmReads vmReads = new VmReads(vms, accounts, access, keys, waiters, serving);
        OperationStarts operationStarts = new OperationStarts(vms, power);
        TerminalControl terminalControl = new TerminalControl(terminals, nodes != null, access, policy, audit);
        OperationReads operationReads = new OperationReads(operations, keys, accounts, waiters, serving);
        return Stream.of(
                        new V1Exec(access, exec).routes(),
                        new V1Status(access, vmReads, reads).routes(),
                        new V1Jobs(access, operationStarts, operationReads).routes(),
                        new V2Vms(access, vmReads, new VmOwnership(vms, accounts, engine::vmReassigned)).routes(),
                        new V2FileSystems(access, new FileSystemActions(guests, access, waiters)).routes(),
                        new V2Operations(access, operationStarts, operationReads).routes(),
                        FileRoutes.of(
                                access, FileServices.of(files, fileSettings, access, keys, accounts, turns, serving)),
                        new V2Accounts(new AccountAdmin(accounts, savedCommands)).routes(),
                        new V2SavedCommands(new SavedCommandAdmin(
                                        savedCommands, accounts, turns, engine::savedCommandDeleted))
                                .routes(),
                        new V2Keys(new KeyAdmin(keys, accounts)).routes(),
                        new V2SshKeys(new SshKeyAdmin(sshKeys, keys)).routes(),
                        new V2SshDoor(new SshEndpointReads(sshDoor)).routes(),
                        new V2Policies(new PolicyAdmin(keys, accounts)).routes(),
                        new V2Masks(new MaskAdmin(masks, accounts)).routes(),
                        new V2Audit(new AuditReads(audit, keys)).routes(),
                        new V2Encryption(new EncryptionAdmin(encryption)).routes(),
                        new V2Nodes(new NodeAdmin(nodes), new NodeJoins(nodes, audit)).routes(),
                        new V2Executions(access, byId, starts, reads).routes(),
                        new V2ExecutionEvents(byId, reads, timeouts).routes(),
                        new V2ExecutionActions(byId, control).routes(),
                        new V2Output(byId, reads).routes(),
                        new V2Terminals(access, terminalControl).routes(),
                        new V2TerminalSocket(terminalControl).routes(),
                        new V2Forwards(access, forwardControl(access)).routes(),
                        new V2Recordings(
                                        access, new RecordingReads(recordings, keys, accounts, maskers, turns, serving))
                                .routes(),
                        new V2Exec(access, exec).routes(),
                        new V2GuestUsers(access, new GuestUsers(guests, clock)).routes(),
                        new V2GuestClock(access, new GuestClock(guests)).routes(),
                        new V2Doctor(access, new Checkups(guests, access, clock)).routes())
                .flatMap(List::stream)
                .toList();
    }
}

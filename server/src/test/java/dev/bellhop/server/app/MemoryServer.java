// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.access.CallerLimits;
import dev.bellhop.server.access.Keys;
import dev.bellhop.server.access.MemoryAccountStore;
import dev.bellhop.server.access.MemoryKeyStore;
import dev.bellhop.server.access.WaiterLimit;
import dev.bellhop.server.access.ssh.MemorySshKeyStore;
import dev.bellhop.server.access.ssh.SshKeys;
import dev.bellhop.server.audit.AuditTrail;
import dev.bellhop.server.audit.MemoryAuditStore;
import dev.bellhop.server.encryption.ContentCipher;
import dev.bellhop.server.encryption.KeyFile;
import dev.bellhop.server.encryption.KeyRotation;
import dev.bellhop.server.encryption.MemoryRenewableContent;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.execution.engine.ExecutionEngine;
import dev.bellhop.server.execution.engine.ExecutionMetrics;
import dev.bellhop.server.execution.engine.StartCheck;
import dev.bellhop.server.execution.store.MemoryStore;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.file.FileSettings;
import dev.bellhop.server.file.LocalGuestFiles;
import dev.bellhop.server.forward.ForwardSettings;
import dev.bellhop.server.forward.Forwards;
import dev.bellhop.server.forward.guest.GuestTcpConnections;
import dev.bellhop.server.guest.AgentHealth;
import dev.bellhop.server.guest.maintenance.FileSystemMaintenance;
import dev.bellhop.server.guest.question.LocalGuests;
import dev.bellhop.server.hypervisor.Hypervisor;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.limit.FairLimit;
import dev.bellhop.server.limit.FairTurns;
import dev.bellhop.server.masking.Masks;
import dev.bellhop.server.masking.MemoryMaskStore;
import dev.bellhop.server.operation.MemoryOperationStore;
import dev.bellhop.server.operation.OperationSettings;
import dev.bellhop.server.operation.OperationStore;
import dev.bellhop.server.operation.Operations;
import dev.bellhop.server.policy.MemorySavedCommandStore;
import dev.bellhop.server.policy.SavedCommands;
import dev.bellhop.server.recording.MemoryRecordingStore;
import dev.bellhop.server.service.Timeouts;
import dev.bellhop.server.stream.GuestStreams;
import dev.bellhop.server.stream.OpenStreams;
import dev.bellhop.server.stream.StreamStates;
import dev.bellhop.server.terminal.TerminalSettings;
import dev.bellhop.server.terminal.Terminals;
import dev.bellhop.server.terminal.guest.AgentPtys;
import dev.bellhop.server.vms.LocalVms;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/** The use cases of a server without doors that keeps everything in memory. Its guests have no terminals. */
public final class MemoryServer implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofSeconds(1);

    public final Clock clock = Clock.systemUTC();
    public final Stored stored;
    public final OperationStore operations;
    public final LocalGuests guests;
    public final Backend backend;
    public final UseCases useCases;
    private final Deque<AutoCloseable> parts = new ArrayDeque<>();

    /** @param folder for its files */
    public MemoryServer(Path folder, List<Hypervisor> hypervisors) throws Exception {
        SimpleMeterRegistry metrics = new SimpleMeterRegistry();
        MemoryAuditStore trail = new MemoryAuditStore();
        MemorySavedCommandStore savedCommands = new MemorySavedCommandStore(trail);
        Keys keys = new Keys(new MemoryKeyStore(trail), clock);
        KeyFile encryptionKeys = new KeyFile(folder.resolve("memory.keys"));
        ContentCipher cipher = ContentCipher.with(encryptionKeys, null);
        stored = new Stored(
                keys,
                new SshKeys(new MemorySshKeyStore(trail), keys, clock),
                new Accounts(new MemoryAccountStore(trail, savedCommands), keys, clock),
                new SavedCommands(savedCommands),
                new Masks(new MemoryMaskStore(trail)),
                keep(new AuditTrail(trail, clock)),
                keep(new KeyRotation(cipher, encryptionKeys, new MemoryRenewableContent(cipher))),
                new MemoryRecordingStore(trail));
        AgentHealth health = new AgentHealth(clock);
        VmDirectory directory = keep(new VmDirectory(hypervisors));
        GuestStreams streams = keep(new GuestStreams(directory, folder, metrics));
        ExecutionEngine engine = keep(new ExecutionEngine(
                new MemoryStore(TestExecutions.unlimited(), trail),
                directory,
                OpenStreams.NONE,
                health,
                TestExecutions.DIRECT,
                clock,
                new ExecutionMetrics(metrics),
                StartCheck.owner(execution -> true)));
        FileSystemMaintenance fileSystems =
                keep(new FileSystemMaintenance(directory, health, folder, clock, vm -> () -> {}));
        guests = GuestTable.make(directory, health, engine, fileSystems, StreamStates.NONE, "/spool", clock);
        operations = new MemoryOperationStore(trail);
        Operations underWay = keep(
                new Operations(operations, directory, health, OperationSettings.defaults(), clock, operation -> true));
        AgentPtys noPtys = new AgentPtys(
                directory,
                health,
                (vm, command, deadline) -> {
                    throw new BellhopException(ErrorCode.AGENT_UNAVAILABLE, "Cannot open a terminal here");
                },
                "/spool");
        backend = new Backend(
                new LocalVms(directory, health, underWay, TIMEOUT, TIMEOUT, clock, System::nanoTime),
                new LocalGuestFiles(engine.guests(), health, streams, FileSettings.defaults()),
                engine,
                engine.executions(),
                engine.retention(),
                underWay,
                List.of(),
                guests,
                null,
                noPtys,
                new GuestTcpConnections(streams, noPtys),
                streams,
                () -> {});
        FairLimit unlimited = new FairLimit(Long.MAX_VALUE);
        useCases = UseCases.of(
                stored,
                backend,
                new UseCases.Parts(
                        keep(new Terminals(
                                backend.ptys(),
                                TerminalSettings.defaults(),
                                (key, vm) -> true,
                                Terminals.Recordings.NONE,
                                new Terminals.Memory(unlimited, new FairLimit(Long.MAX_VALUE)),
                                clock)),
                        keep(new Forwards(
                                backend.connections(),
                                ForwardSettings.defaults(),
                                (key, vm) -> true,
                                ended -> {},
                                unlimited,
                                clock)),
                        new WaiterLimit(CallerLimits.defaults(), metrics),
                        FairTurns.onHalfTheProcessors(),
                        FileSettings.defaults(),
                        OperationSettings.defaults(),
                        Timeouts.defaults(),
                        clock,
                        Optional::empty,
                        () -> true));
    }

    private <T extends AutoCloseable> T keep(T part) {
        parts.push(part);
        return part;
    }

    @Override
    public void close() {
        for (AutoCloseable part : parts) {
            try {
                part.close();
            } catch (Exception e) {
                throw new IllegalStateException("a part of the server did not stop", e);
            }
        }
    }
}

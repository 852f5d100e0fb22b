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
import dev.bellhop.server.execution.engine.ExecutionEngine;
import dev.bellhop.server.execution.engine.ExecutionLimits;
import dev.bellhop.server.execution.engine.ExecutionMetrics;
import dev.bellhop.server.execution.engine.ExecutionSettings;
import dev.bellhop.server.execution.engine.StartCheck;
import dev.bellhop.server.execution.guest.GuestSettings;
import dev.bellhop.server.execution.store.MemoryStore;
import dev.bellhop.server.file.FileSettings;
import dev.bellhop.server.file.LocalGuestFiles;
import dev.bellhop.server.forward.ForwardSettings;
import dev.bellhop.server.forward.Forwards;
import dev.bellhop.server.forward.guest.GuestTcpConnections;
import dev.bellhop.server.guest.AgentHealth;
import dev.bellhop.server.guest.maintenance.FileSystemMaintenance;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.limit.FairLimit;
import dev.bellhop.server.limit.FairTurns;
import dev.bellhop.server.masking.Masks;
import dev.bellhop.server.masking.MemoryMaskStore;
import dev.bellhop.server.operation.MemoryOperationStore;
import dev.bellhop.server.operation.OperationSettings;
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
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The routes of v1 and v2 as the product lists them, of a server that is not there. */
public final class AllRoutes {
    private static final String SPOOL = "/run/spool";

    private AllRoutes() {}

    /** What they call is closed, so they can be looked at and not be called. */
    public static List<Route> in(Path folder) throws Exception {
        Clock clock = Clock.systemUTC();
        PrometheusMeterRegistry metrics = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        VmDirectory directory = new VmDirectory(List.of());
        MemoryAuditStore trail = new MemoryAuditStore();
        MemorySavedCommandStore savedCommands = new MemorySavedCommandStore(trail);
        KeyFile encryptionKeys = new KeyFile(folder.resolve("routes.keys"));
        ContentCipher cipher = ContentCipher.with(encryptionKeys, null);
        try (ExecutionEngine engine = new ExecutionEngine(
                        new MemoryStore(),
                        directory,
                        OpenStreams.NONE,
                        new AgentHealth(clock),
                        new ExecutionSettings(GuestSettings.defaults(), ExecutionLimits.defaults()),
                        clock,
                        new ExecutionMetrics(metrics),
                        StartCheck.owner(execution -> true));
                Operations operations = new Operations(
                        new MemoryOperationStore(trail),
                        directory,
                        new AgentHealth(clock),
                        OperationSettings.defaults(),
                        clock,
                        operation -> true)) {
            Keys keys = new Keys(new MemoryKeyStore(trail), clock);
            return new HttpRoutes(
                            keys,
                            new SshKeys(new MemorySshKeyStore(trail), keys, clock),
                            new Accounts(new MemoryAccountStore(trail, savedCommands), keys, clock),
                            new SavedCommands(savedCommands),
                            new WaiterLimit(CallerLimits.defaults(), metrics),
                            new LocalVms(
                                    directory,
                                    new AgentHealth(clock),
                                    operations,
                                    Duration.ofSeconds(1),
                                    Duration.ofSeconds(1),
                                    clock,
                                    System::nanoTime),
                            new LocalGuestFiles(
                                    engine.guests(),
                                    new AgentHealth(clock),
                                    new GuestStreams(directory, folder, metrics),
                                    FileSettings.defaults()),
                            FileSettings.defaults(),
                            engine,
                            engine.executions(),
                            operations,
                            OperationSettings.defaults(),
                            new Masks(new MemoryMaskStore(trail)),
                            FairTurns.onHalfTheProcessors(),
                            new AuditTrail(trail, clock),
                            new KeyRotation(cipher, encryptionKeys, new MemoryRenewableContent(cipher)),
                            GuestTable.make(
                                    directory,
                                    new AgentHealth(clock),
                                    engine,
                                    new FileSystemMaintenance(
                                            directory, new AgentHealth(clock), folder, clock, vm -> () -> {}),
                                    StreamStates.NONE,
                                    SPOOL,
                                    clock),
                            null,
                            new Terminals(
                                    new AgentPtys(directory, new AgentHealth(clock), engine::script, SPOOL),
                                    TerminalSettings.defaults(),
                                    (key, vm) -> true,
                                    Terminals.Recordings.NONE,
                                    new Terminals.Memory(new FairLimit(Long.MAX_VALUE), new FairLimit(Long.MAX_VALUE)),
                                    clock),
                            new Forwards(
                                    new GuestTcpConnections(
                                            new GuestStreams(directory, folder, metrics),
                                            new AgentPtys(directory, new AgentHealth(clock), engine::script, SPOOL)),
                                    ForwardSettings.defaults(),
                                    (key, vm) -> true,
                                    ended -> {},
                                    new FairLimit(Long.MAX_VALUE),
                                    clock),
                            new MemoryRecordingStore(trail),
                            Optional::empty,
                            Timeouts.defaults(),
                            clock)
                    .routes(() -> true);
        }
    }
}

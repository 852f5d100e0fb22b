// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import dev.bellhop.api.audit.AuditRecord;
import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.access.Gatekeeper;
import dev.bellhop.server.access.Keys;
import dev.bellhop.server.access.MetricsToken;
import dev.bellhop.server.access.WaiterLimit;
import dev.bellhop.server.access.ssh.SshKeys;
import dev.bellhop.server.app.config.Config;
import dev.bellhop.server.app.config.ConfigException;
import dev.bellhop.server.audit.AuditEntry;
import dev.bellhop.server.audit.AuditTrail;
import dev.bellhop.server.audit.Outcome;
import dev.bellhop.server.cluster.ClusterSettings;
import dev.bellhop.server.encryption.EncryptionKeysException;
import dev.bellhop.server.encryption.KeyRotation;
import dev.bellhop.server.encryption.UnreadableContentException;
import dev.bellhop.server.execution.store.StorageQuota;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.OutdatedException.Kind;
import dev.bellhop.server.forward.Forwards;
import dev.bellhop.server.http.HttpServer;
import dev.bellhop.server.http.StatusServer;
import dev.bellhop.server.http.connection.Listening;
import dev.bellhop.server.hypervisor.libvirt.LibvirtMissingException;
import dev.bellhop.server.limit.FairLimit;
import dev.bellhop.server.limit.FairTurns;
import dev.bellhop.server.limit.HeapShare;
import dev.bellhop.server.masking.Masks;
import dev.bellhop.server.operation.Operation;
import dev.bellhop.server.operation.OperationRetention;
import dev.bellhop.server.operation.OperationStore;
import dev.bellhop.server.policy.SavedCommands;
import dev.bellhop.server.recording.RecordingStore;
import dev.bellhop.server.recording.Recordings;
import dev.bellhop.server.service.EndEntries;
import dev.bellhop.server.service.ForwardControl;
import dev.bellhop.server.service.ForwardPolicy;
import dev.bellhop.server.service.SshEndpoint;
import dev.bellhop.server.service.Timeouts;
import dev.bellhop.server.service.terminal.TerminalRecords;
import dev.bellhop.server.ssh.SshDoor;
import dev.bellhop.server.ssh.SshSettings;
import dev.bellhop.server.ssh.crypto.HostKeyException;
import dev.bellhop.server.ssh.memory.DoorMemory;
import dev.bellhop.server.store.Duty;
import dev.bellhop.server.store.Generations;
import dev.bellhop.server.store.SqlDatabase;
import dev.bellhop.server.store.postgres.UnusableDatabaseException;
import dev.bellhop.server.store.sql.SqlAccountStore;
import dev.bellhop.server.store.sql.SqlAuditStore;
import dev.bellhop.server.store.sql.SqlExecutionStore;
import dev.bellhop.server.store.sql.SqlKeyStore;
import dev.bellhop.server.store.sql.SqlMaskStore;
import dev.bellhop.server.store.sql.SqlOperationStore;
import dev.bellhop.server.store.sql.SqlRecordingStore;
import dev.bellhop.server.store.sql.SqlRenewableContent;
import dev.bellhop.server.store.sql.SqlSavedCommandStore;
import dev.bellhop.server.store.sql.SqlSshKeyStore;
import dev.bellhop.server.store.sqlite.DamagedDatabaseException;
import dev.bellhop.server.terminal.Terminals;
import dev.bellhop.server.tls.TlsFileException;
import dev.bellhop.server.tls.TlsFiles;
import dev.bellhop.server.tls.TlsWatch;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running server. Its parts are made in the order in which they need each other, and closed in reverse. */
public final class BellhopServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(BellhopServer.class);

    private final Deque<AutoCloseable> parts = new ArrayDeque<>();

    private BellhopServer() {}

    /**
     * @param metrics the separate address of the metrics; empty if they have none
     * @param ssh the address of the SSH door; empty if it is off
     */
    record Started(
            BellhopServer server,
            URI uri,
            Optional<URI> metrics,
            Optional<InetSocketAddress> ssh,
            Optional<Path> newAdminKey) {}

    static Started start(Config config) throws Exception {
        return start(config, Clock.systemUTC(), System::nanoTime, Timeouts.defaults());
    }

    /** @param nanos the time for rate limits, like {@link System#nanoTime} */
    static Started start(Config config, Clock clock, LongSupplier nanos, Timeouts timeouts) throws Exception {
        BellhopServer server = new BellhopServer();
        try {
            return server.open(config, clock, nanos, timeouts);
        } catch (Exception | Error e) {
            server.close();
            String fault = operatorsFault(e);
            if (fault != null) {
                throw new ConfigException(fault);
            }
            throw e;
        }
    }

    /** Returns a problem that the operator must fix before the server can start; absent for any other failure. */
    private static @Nullable String operatorsFault(Throwable e) {
        return switch (e) {
            case EncryptionKeysException keys -> keys.getMessage();
            case DamagedDatabaseException damaged -> damaged.getMessage();
            case UnusableDatabaseException unusable -> unusable.getMessage();
            case HostKeyException hostKey -> hostKey.getMessage();
            case TlsFileException tls -> "Cannot use TLS because " + tls.getMessage();
            case LibvirtMissingException missing ->
                "Cannot use a hypervisor of type libvirt because " + missing.getMessage();
            case BellhopException failure
            when failure.getCause() instanceof UnreadableContentException unreadable ->
                "Cannot start because the server " + unreadable.getMessage();
            default -> null;
        };
    }

    private Started open(Config config, Clock clock, LongSupplier nanos, Timeouts timeouts) throws Exception {
        PrometheusMeterRegistry metrics = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        metrics.config().meterFilter(RuntimeMetrics.COMMON);
        parts.push(metrics::close);
        DataFolder.prepare(config.data());
        keep(DataLock.take(config.data()));
        SqlDatabase database = keep(Databases.open(config, metrics));
        KeyRotation rotation = keep(new KeyRotation(
                database.cipher(),
                config.encryptionKeys(),
                new SqlRenewableContent(database),
                database.sharedDuty(Duty.KEY_ROTATION)));
        rotation.start();
        AuditTrail audit = keep(new AuditTrail(new SqlAuditStore(database), clock));
        audit.start();
        Keys keys = new Keys(new SqlKeyStore(database), clock);
        SshKeys sshKeys = new SshKeys(new SqlSshKeyStore(database), keys, clock);
        keep(new KeyUseRecorder(List.of(keys, sshKeys), database.generations().isShared()))
                .start();
        Accounts accounts = new Accounts(new SqlAccountStore(database), keys, clock);
        Optional<Path> newAdminKey = AdminKey.ensure(keys, config.data());
        if (newAdminKey.isPresent()) {
            audit.add(new AuditEntry(audit.now(), AuditRecord.ADMIN_KEY, Outcome.DONE)
                    .about(keys.list(key -> true).getLast().id()));
            // Log this now, because it is logged only once: if the start fails, the next start makes no key.
            log.info("Wrote an admin key to {}; keep it secret", newAdminKey.get());
        }
        SavedCommands savedCommands = new SavedCommands(new SqlSavedCommandStore(database));
        StorageQuota quota = new StorageQuota(config.retained().bytes(), accounts::count);
        OperationStore operations = new SqlOperationStore(database, EndEntries::of);
        SqlExecutionStore executions = new SqlExecutionStore(database, quota, EndEntries::of);
        StartPermission mayStart = new StartPermission(accounts, keys, savedCommands);
        Predicate<Operation> mayGoOn =
                operation -> accounts.mayRunIn(operation.request().tenant(), operation.vm());
        ClusterSettings cluster = config.cluster();
        Backend backend = cluster == null
                ? LocalBackend.open(
                        config, executions, operations, mayStart, mayGoOn, clock, timeouts, metrics, this::keep)
                : ClusterBackend.open(
                        cluster,
                        config,
                        database,
                        executions,
                        operations,
                        mayStart,
                        audit,
                        clock,
                        timeouts,
                        metrics,
                        this::keep);
        RecordingStore recordingStore = new SqlRecordingStore(database, EndEntries::of);
        FairLimit history = new FairLimit(HeapShare.HISTORY.bytes());
        Recordings recordings = keep(new Recordings(recordingStore, config.recordings(), history, clock, metrics));
        if (!database.generations().isShared()) {
            recordings.endAbandoned(true);
        }
        Retention retention = keep(new Retention(
                backend.retention(),
                new OperationRetention(operations),
                recordings,
                audit,
                config.retained(),
                new SteadyClock(clock, nanos),
                database.sharedDuty(Duty.RETENTION)
                        .map(isMine -> new Retention.Shared(
                                isMine, new QuotaRecount(executions::recount, System::nanoTime)))));
        retention.start();
        TlsFiles files = config.tls();
        TlsWatch tls = files == null ? null : keep(new TlsWatch(files, clock));
        List<MeterBinder> measured = new ArrayList<>(List.of(audit, quota, retention, keep(new RuntimeMetrics())));
        measured.addAll(backend.measured());
        if (tls != null) {
            measured.add(tls);
        }
        Masks masks = new Masks(new SqlMaskStore(database));
        Generations generations = database.generations();
        generations.watch(Kind.KEYS, keys::reload);
        generations.watch(Kind.SSH_KEYS, sshKeys::reload);
        generations.watch(Kind.ACCOUNTS, accounts::reload);
        generations.watch(Kind.MASKS, masks::reload);
        generations.watch(Kind.SAVED_COMMANDS, savedCommands::reload);
        SshSettings ssh = config.ssh();
        DoorMemory.Size doorMemory = ssh == null ? DoorMemory.Size.ofHeap() : ssh.memory();
        FairLimit open = new FairLimit(doorMemory.channels());
        Terminals terminals = keep(new Terminals(
                backend.ptys(),
                config.terminals(),
                (key, vm) -> keys.isStillValid(key) && accounts.sees(key, vm),
                new TerminalRecords(audit, recordings),
                new Terminals.Memory(open, history),
                clock));
        terminals.start();
        measured.add(terminals);
        ForwardPolicy forwardPolicy = new ForwardPolicy(keys, accounts);
        Forwards forwards = keep(new Forwards(
                backend.connections(),
                config.forwards(),
                (key, forward) -> keys.isStillValid(key)
                        && accounts.sees(key, forward.vm())
                        && forwardPolicy.allows(key, forward.target()),
                ended -> ForwardControl.ended(audit, ended),
                open,
                clock));
        forwards.start();
        measured.add(forwards);
        Listening listening = new Listening(config.listen(), tls, config.proxies(), config.connections());
        AtomicReference<Optional<SshEndpoint>> sshEndpoint = new AtomicReference<>(Optional.empty());
        FairTurns processor = FairTurns.onHalfTheProcessors();
        HttpRoutes routes = new HttpRoutes(
                keys,
                sshKeys,
                accounts,
                savedCommands,
                new WaiterLimit(config.limits(), metrics),
                backend.vms(),
                backend.files(),
                config.files(),
                backend.engine(),
                backend.executions(),
                backend.operations(),
                config.power(),
                masks,
                processor,
                audit,
                rotation,
                backend.guests(),
                backend.nodes(),
                terminals,
                forwards,
                recordingStore,
                sshEndpoint::get,
                timeouts,
                clock);
        Config.Metrics scraping = config.metrics();
        MetricsToken token = scraping.tokenFile() == null ? null : MetricsToken.in(scraping.tokenFile());
        MetricsPage page = new MetricsPage(metrics, measured);
        Gatekeeper gatekeeper = new Gatekeeper(keys, config.limits(), metrics, nanos);
        AtomicBoolean servesSsh = new AtomicBoolean(true);
        Optional<SshDoor> door = Optional.empty();
        if (ssh != null) {
            DoorMemory memory = new DoorMemory(open, new FairLimit(doorMemory.more()));
            memory.measure(metrics);
            // Before HTTP, because /healthz reports that all doors are open.
            SshDoor started = keep(SshDoor.start(
                    ssh,
                    routes.ssh(gatekeeper, backend.streams(), memory, servesSsh::get),
                    new RegisteredSshKeys(sshKeys),
                    List.of(routes.sftp(gatekeeper, servesSsh::get))));
            door = Optional.of(started);
            sshEndpoint.set(Optional.of(RegisteredSshKeys.endpoint(started)));
        }
        HttpServer http = keep(HttpServer.start(
                listening,
                new HttpServer.Parts(
                        gatekeeper,
                        audit,
                        database::check,
                        processor,
                        metrics,
                        scraping.enabled() && scraping.listen() == null ? page : null,
                        token,
                        clock,
                        timeouts.client()),
                routes::routes));
        Optional<URI> ofMetrics = Optional.empty();
        if (scraping.enabled() && scraping.listen() != null) {
            ofMetrics = Optional.of(keep(StatusServer.start(
                            scraping.listen(),
                            new StatusServer.Content(http::notReady, page, token),
                            // The metrics of connections and refusals describe the main address.
                            new CompositeMeterRegistry(),
                            clock,
                            timeouts.client()))
                    .uri());
        }
        // Closed before HTTP. Closing it twice is harmless.
        door.ifPresent(parts::push);
        parts.push(() -> servesSsh.set(false));
        backend.check().run();
        return new Started(this, http.uri(), ofMetrics, door.map(SshDoor::address), newAdminKey);
    }

    private <T extends AutoCloseable> T keep(T part) {
        parts.push(part);
        return part;
    }

    /** Stops accepting requests, then following commands, then everything else. Commands in guests continue. */
    @Override
    public void close() {
        while (!parts.isEmpty()) {
            try {
                parts.pop().close();
            } catch (Exception e) {
                log.warn("A part of the server did not stop cleanly", e);
            }
        }
    }
}

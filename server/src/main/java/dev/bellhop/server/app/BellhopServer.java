// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import dev.bellhop.api.audit.AuditRecord;
import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.access.Gatekeeper;
import dev.bellhop.server.access.Keys;
import dev.bellhop.server.access.WaiterLimit;
import dev.bellhop.server.app.config.Config;
import dev.bellhop.server.app.config.ConfigException;
import dev.bellhop.server.audit.AuditEntry;
import dev.bellhop.server.audit.AuditTrail;
import dev.bellhop.server.audit.Outcome;
import dev.bellhop.server.cluster.ClusterSettings;
import dev.bellhop.server.encryption.EncryptionKeysException;
import dev.bellhop.server.encryption.UnreadableContentException;
import dev.bellhop.server.execution.store.StorageQuota;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.forward.Forwards;
import dev.bellhop.server.http.HttpServer;
import dev.bellhop.server.http.StatusServer;
import dev.bellhop.server.hypervisor.libvirt.LibvirtMissingException;
import dev.bellhop.server.limit.FairLimit;
import dev.bellhop.server.limit.FairTurns;
import dev.bellhop.server.limit.HeapShare;
import dev.bellhop.server.operation.OperationRetention;
import dev.bellhop.server.operation.OperationStore;
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
import dev.bellhop.server.store.SqlDatabase;
import dev.bellhop.server.store.postgres.UnusableDatabaseException;
import dev.bellhop.server.store.sql.SqlExecutionStore;
import dev.bellhop.server.store.sql.SqlOperationStore;
import dev.bellhop.server.store.sqlite.DamagedDatabaseException;
import dev.bellhop.server.terminal.Terminals;
import dev.bellhop.server.tls.TlsFileException;
import dev.bellhop.server.tls.TlsFiles;
import dev.bellhop.server.tls.TlsWatch;
import io.micrometer.core.instrument.binder.MeterBinder;
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
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running server. Its parts are made in the order in which they need each other, and closed in reverse. */
public final class BellhopServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(BellhopServer.class);

    private final Config config;
    private final Clock clock;
    private final LongSupplier nanos;
    private final Timeouts timeouts;
    private final PrometheusMeterRegistry metrics = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    /** False once the server stops. */
    private final AtomicBoolean serving = new AtomicBoolean(true);

    private BellhopServer(Config config, Clock clock, LongSupplier nanos, Timeouts timeouts) {
        this.config = config;
        this.clock = clock;
        this.nanos = nanos;
        this.timeouts = timeouts;
    }

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
        BellhopServer server = new BellhopServer(config, clock, nanos, timeouts);
        try {
            return server.open();
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

    private Started open() throws Exception {
        metrics.config().meterFilter(RuntimeMetrics.COMMON);
        parts.push(metrics::close);
        DataFolder.prepare(config.data());
        keep(DataLock.take(config.data()));
        SqlDatabase database = keep(Databases.open(config, metrics));
        Stored stored = Stored.open(database, config.encryptionKeys(), clock, this::keep);
        Optional<Path> newAdminKey = makeAdminKey(stored);
        StorageQuota quota = new StorageQuota(config.retained().bytes(), stored.accounts()::count);
        SqlExecutionStore executions = new SqlExecutionStore(database, quota, EndEntries::of);
        OperationStore operations = new SqlOperationStore(database, EndEntries::of);
        Backend backend = backend(database, stored, executions, operations);
        FairLimit history = new FairLimit(HeapShare.HISTORY.bytes());
        Recordings recordings = keep(new Recordings(stored.recordings(), config.recordings(), history, clock, metrics));
        if (!database.generations().isShared()) {
            recordings.endAbandoned(true);
        }
        Retention retention = retention(database, stored, backend, recordings, executions, operations);
        SshSettings ssh = config.ssh();
        DoorMemory.Size doorMemory = ssh == null ? DoorMemory.Size.ofHeap() : ssh.memory();
        FairLimit open = new FairLimit(doorMemory.channels());
        Terminals terminals = terminals(stored, backend, recordings, new Terminals.Memory(open, history));
        Forwards forwards = forwards(stored, backend, open);
        TlsFiles files = config.tls();
        TlsWatch tls = files == null ? null : keep(new TlsWatch(files, clock));
        List<MeterBinder> measured = new ArrayList<>(
                List.of(stored.audit(), quota, retention, keep(new RuntimeMetrics()), terminals, forwards));
        measured.addAll(backend.measured());
        if (tls != null) {
            measured.add(tls);
        }
        AtomicReference<Optional<SshEndpoint>> sshEndpoint = new AtomicReference<>(Optional.empty());
        FairTurns processor = FairTurns.onHalfTheProcessors();
        UseCases useCases = UseCases.of(
                stored,
                backend,
                new UseCases.Parts(
                        terminals,
                        forwards,
                        new WaiterLimit(config.limits(), metrics),
                        processor,
                        config.files(),
                        config.power(),
                        timeouts,
                        clock,
                        sshEndpoint::get,
                        serving::get));
        Gatekeeper gatekeeper = new Gatekeeper(stored.keys(), config.limits(), metrics, nanos);
        Doors doors =
                new Doors(config, stored, useCases, processor, gatekeeper, metrics, clock, timeouts, serving::get);
        Optional<SshDoor> door = Optional.empty();
        if (ssh != null) {
            DoorMemory memory = new DoorMemory(open, new FairLimit(doorMemory.more()));
            memory.measure(metrics);
            // Before HTTP, because /healthz reports that all doors are open.
            SshDoor started = keep(doors.ssh(ssh, memory, backend.streams()));
            door = Optional.of(started);
            sshEndpoint.set(Optional.of(RegisteredSshKeys.endpoint(started)));
        }
        MetricsPage page = new MetricsPage(metrics, measured);
        HttpServer http = keep(doors.http(database, tls, page));
        StatusServer status = doors.metrics(http, page);
        if (status != null) {
            keep(status);
        }
        // Closed before HTTP, which already refuses new requests. Closing it twice is harmless.
        door.ifPresent(parts::push);
        parts.push(http::refuseRequests);
        parts.push(() -> serving.set(false));
        backend.check().run();
        return new Started(
                this,
                http.uri(),
                Optional.ofNullable(status).map(StatusServer::uri),
                door.map(SshDoor::address),
                newAdminKey);
    }

    private Optional<Path> makeAdminKey(Stored stored) {
        Optional<Path> file = AdminKey.ensure(stored.keys(), config.data());
        if (file.isPresent()) {
            AuditTrail audit = stored.audit();
            audit.add(new AuditEntry(audit.now(), AuditRecord.ADMIN_KEY, Outcome.DONE)
                    .about(stored.keys().list(key -> true).getLast().id()));
            // Log this now, because it is logged only once: if the start fails, the next start makes no key.
            log.info("Wrote an admin key to {}; keep it secret", file.get());
        }
        return file;
    }

    private Backend backend(
            SqlDatabase database, Stored stored, SqlExecutionStore executions, OperationStore operations)
            throws Exception {
        Accounts accounts = stored.accounts();
        StartPermission mayStart = new StartPermission(accounts, stored.keys(), stored.savedCommands());
        ClusterSettings cluster = config.cluster();
        return cluster == null
                ? LocalBackend.open(
                        config,
                        executions,
                        operations,
                        mayStart,
                        operation -> accounts.mayRunIn(operation.request().tenant(), operation.vm()),
                        clock,
                        timeouts,
                        metrics,
                        this::keep)
                : ClusterBackend.open(
                        cluster,
                        config,
                        database,
                        executions,
                        operations,
                        mayStart,
                        stored.audit(),
                        clock,
                        timeouts,
                        metrics,
                        this::keep);
    }

    private Retention retention(
            SqlDatabase database,
            Stored stored,
            Backend backend,
            Recordings recordings,
            SqlExecutionStore executions,
            OperationStore operations) {
        Retention retention = keep(new Retention(
                backend.retention(),
                new OperationRetention(operations),
                recordings,
                stored.audit(),
                config.retained(),
                new SteadyClock(clock, nanos),
                database.sharedDuty(Duty.RETENTION)
                        .map(isMine -> new Retention.Shared(
                                isMine, new QuotaRecount(executions::recount, System::nanoTime)))));
        retention.start();
        return retention;
    }

    private Terminals terminals(Stored stored, Backend backend, Recordings recordings, Terminals.Memory memory) {
        Terminals terminals = keep(new Terminals(
                backend.ptys(),
                config.terminals(),
                (key, vm) ->
                        stored.keys().isStillValid(key) && stored.accounts().sees(key, vm),
                new TerminalRecords(stored.audit(), recordings),
                memory,
                clock));
        terminals.start();
        return terminals;
    }

    private Forwards forwards(Stored stored, Backend backend, FairLimit open) {
        Keys keys = stored.keys();
        Accounts accounts = stored.accounts();
        ForwardPolicy policy = new ForwardPolicy(keys, accounts);
        Forwards forwards = keep(new Forwards(
                backend.connections(),
                config.forwards(),
                (key, forward) -> keys.isStillValid(key)
                        && accounts.sees(key, forward.vm())
                        && policy.allows(key, forward.target()),
                ended -> ForwardControl.ended(stored.audit(), ended),
                open,
                clock));
        forwards.start();
        return forwards;
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

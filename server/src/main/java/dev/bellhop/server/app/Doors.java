// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import dev.bellhop.server.access.Gatekeeper;
import dev.bellhop.server.access.MetricsToken;
import dev.bellhop.server.app.config.Config;
import dev.bellhop.server.http.HttpServer;
import dev.bellhop.server.http.StatusServer;
import dev.bellhop.server.http.connection.Listening;
import dev.bellhop.server.limit.FairTurns;
import dev.bellhop.server.service.Timeouts;
import dev.bellhop.server.ssh.SshDoor;
import dev.bellhop.server.ssh.SshServices;
import dev.bellhop.server.ssh.SshSettings;
import dev.bellhop.server.ssh.memory.DoorMemory;
import dev.bellhop.server.ssh.sftp.SftpSubsystem;
import dev.bellhop.server.store.SqlDatabase;
import dev.bellhop.server.stream.StreamOpener;
import dev.bellhop.server.tls.TlsWatch;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.time.Clock;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Opens the doors of a server, which all call the same use cases.
 *
 * @param processor turns for decoding large bodies
 * @param serving false once the server stops
 */
record Doors(
        Config config,
        Stored stored,
        UseCases useCases,
        FairTurns processor,
        Gatekeeper gatekeeper,
        MeterRegistry metrics,
        Clock clock,
        Timeouts timeouts,
        BooleanSupplier serving) {
    /** Opens the door for SSH clients. */
    SshDoor ssh(SshSettings settings, DoorMemory memory, StreamOpener streams) throws Exception {
        SshServices services = new SshServices(
                gatekeeper,
                stored.audit(),
                useCases.vms(),
                useCases.vmReads(),
                useCases.executions(),
                useCases.starts(),
                useCases.reads(),
                useCases.control(),
                useCases.terminals(),
                useCases.forwards(),
                memory,
                streams,
                serving);
        return SshDoor.start(
                settings,
                services,
                new RegisteredSshKeys(stored.sshKeys()),
                List.of(new SftpSubsystem(useCases.vms(), stored.audit(), useCases.files(), gatekeeper)));
    }

    /**
     * Opens the door for HTTP clients.
     *
     * @param tls absent if connections are not encrypted
     */
    HttpServer http(SqlDatabase database, @Nullable TlsWatch tls, MetricsPage page) throws Exception {
        Config.Metrics scraping = config.metrics();
        return HttpServer.start(
                new Listening(config.listen(), tls, config.proxies(), config.connections()),
                new HttpServer.Parts(
                        gatekeeper,
                        stored.audit(),
                        database::check,
                        processor,
                        metrics,
                        scraping.enabled() && scraping.listen() == null ? page : null,
                        token(),
                        clock,
                        timeouts.client()),
                HttpRoutes.of(useCases, timeouts));
    }

    /** Returns the token that reads the metrics without a key; absent if none is configured. */
    private @Nullable MetricsToken token() throws Exception {
        Config.Metrics scraping = config.metrics();
        return scraping.tokenFile() == null ? null : MetricsToken.in(scraping.tokenFile());
    }

    /** Opens the separate address of the metrics; absent if they have none. */
    @Nullable
    StatusServer metrics(HttpServer http, MetricsPage page) throws Exception {
        Config.Metrics scraping = config.metrics();
        if (!scraping.enabled() || scraping.listen() == null) {
            return null;
        }
        return StatusServer.start(
                scraping.listen(),
                new StatusServer.Content(http::notReady, page, token()),
                // The metrics of connections and refusals describe the main address.
                new CompositeMeterRegistry(),
                clock,
                timeouts.client());
    }
}

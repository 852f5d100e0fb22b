// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.bellhop.server.http.connection.ConnectionLimits;
import dev.bellhop.server.http.connection.Connections;
import dev.bellhop.server.http.connection.ForwardedHeaders;
import dev.bellhop.server.http.connection.LimitedConnector;
import dev.bellhop.server.http.connection.Listening;
import dev.bellhop.server.http.connection.SlowClients;
import dev.bellhop.server.http.connection.StrictHttp;
import dev.bellhop.server.http.connection.TlsConnections;
import dev.bellhop.server.tls.TlsWatch;
import io.micrometer.core.instrument.MeterRegistry;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.Executors;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Jetty server for one address: its threads, its connection limits, and its HTTP strictness. The caller adds the
 * handlers and starts it.
 */
record JettyParts(Server server, ServerConnector connector, SlowClients slowClients, String scheme) {
    private static final Logger log = LoggerFactory.getLogger(JettyParts.class);

    /**
     * For accepting and selecting, which requests on virtual threads must not delay: the operating system gives
     * platform threads their share of the processor. A few are enough because nothing blocks in them.
     */
    private static final int MAX_PLATFORM_THREADS = 32;

    private static final int MIN_PLATFORM_THREADS = 4;

    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(2);

    /** Idle timeout of connections, once no request is running. */
    private static final Duration IDLE_STOP_TIMEOUT = Duration.ofMillis(100);

    /** @param clientTimeout see {@link dev.bellhop.server.service.Timeouts#client} */
    static JettyParts of(Listening listening, MeterRegistry metrics, Duration clientTimeout) {
        QueuedThreadPool threads = new QueuedThreadPool(MAX_PLATFORM_THREADS, MIN_PLATFORM_THREADS);
        threads.setName("http");
        threads.setDaemon(true);
        threads.setVirtualThreadsExecutor(Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("http-", 0).factory()));
        Server server = new Server(threads);
        Connections connections = new Connections(limits(listening), listening.proxies(), metrics);
        SlowClients slowClients = new SlowClients(clientTimeout, connections);

        ServerConnector connector = new LimitedConnector(server, connections, protocols(listening));
        connector.setHost(listening.address().getHostString());
        connector.setPort(listening.address().getPort());
        connector.setIdleTimeout(clientTimeout.toMillis());
        connector.setShutdownIdleTimeout(IDLE_STOP_TIMEOUT.toMillis());
        connector.addBean(slowClients);
        server.addConnector(connector);
        server.setRequestLog(new AccessLog());
        server.setStopTimeout(STOP_TIMEOUT.toMillis());
        return new JettyParts(server, connector, slowClients, listening.tls() == null ? "http" : "https");
    }

    /** Returns the address after the start; for port 0, with the port that the system chose. */
    URI uri() {
        String host = connector.getHost();
        String authority = host.contains(":") ? "[" + host + "]" : host;
        return URI.create(scheme + "://" + authority + ":" + connector.getLocalPort());
    }

    /** Stops the server, and soon after closes connections that are still active. */
    void stop() {
        try {
            server.stop();
        } catch (Exception e) {
            log.warn("The HTTP server did not stop cleanly", e);
        }
    }

    /** Returns the protocol layers, outermost first. */
    private static ConnectionFactory[] protocols(Listening listening) {
        HttpConfiguration configuration = configuration();
        if (!listening.proxies().ranges().isEmpty()) {
            configuration.addCustomizer(new ForwardedHeaders(listening.proxies()));
        }
        StrictHttp http = new StrictHttp(configuration);
        TlsWatch tls = listening.tls();
        return tls == null
                ? new ConnectionFactory[] {http}
                : new ConnectionFactory[] {TlsConnections.speaking(http.getProtocol(), tls), http};
    }

    private static ConnectionLimits limits(Listening listening) {
        long files = ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
                ? unix.getMaxFileDescriptorCount()
                : Long.MAX_VALUE;
        ConnectionLimits.Wanted wanted = listening.connections();
        ConnectionLimits limits = wanted.within(Runtime.getRuntime().maxMemory(), files, listening.tls() != null);
        if (wanted.connections() != null && limits.connections() < wanted.connections()) {
            log.warn(
                    "Cannot hold {} connections at once, as limits.connections asks for, because the heap or the files that"
                            + " the server may open have room for {} only; raise -Xmx or LimitNOFILE, or set fewer",
                    wanted.connections(),
                    limits.connections());
        }
        return limits;
    }

    private static HttpConfiguration configuration() {
        HttpConfiguration configuration = new HttpConfiguration();
        configuration.setSendServerVersion(false);
        configuration.setSendDateHeader(true);
        configuration.setRequestHeaderSize(StrictHttp.MAX_HEADER_BYTES);
        // The cache would use 98 KB for each connection.
        configuration.setHeaderCacheSize(0);
        configuration.setHttpCompliance(HttpCompliance.STRICT);
        configuration.setUriCompliance(UriCompliance.RFC3986);
        return configuration;
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.server.access.CallerLimits;
import dev.bellhop.server.access.Gatekeeper;
import dev.bellhop.server.access.Keys;
import dev.bellhop.server.access.MemoryKeyStore;
import dev.bellhop.server.audit.AuditTrail;
import dev.bellhop.server.audit.MemoryAuditStore;
import dev.bellhop.server.http.body.BodyBudget;
import dev.bellhop.server.http.connection.ConnectionLimits;
import dev.bellhop.server.http.connection.Connections;
import dev.bellhop.server.http.connection.Proxies;
import dev.bellhop.server.http.connection.SlowClients;
import dev.bellhop.server.http.connection.UnreadInput;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.eclipse.jetty.server.Server;

/** A router with routes of a test's own and nothing behind them. */
final class TestRouter {
    private TestRouter() {}

    static Router of(List<Route> routes, MeterRegistry metrics, BodyBudget bodies) {
        Keys keys = new Keys(new MemoryKeyStore(), Clock.systemUTC());
        return new Router(
                new RouteTable(routes),
                new HttpMetrics(metrics, routes),
                new Authenticator(new Gatekeeper(keys, CallerLimits.defaults(), metrics, System::nanoTime), null),
                new RejectionThrottle(metrics),
                new RequestAudit(new AuditTrail(new MemoryAuditStore(), Clock.systemUTC())),
                new SlowClients(
                        Duration.ofSeconds(30), new Connections(new ConnectionLimits(100, 100), Proxies.NONE, metrics)),
                bodies,
                ResponseBudget.ofHeap(),
                new UnreadInput(Duration.ofSeconds(10)),
                WebSockets.of(new Server()),
                Clock.systemUTC());
    }
}

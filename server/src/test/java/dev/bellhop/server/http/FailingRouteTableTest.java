// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.RawHttp;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.http.body.BodyBudget;
import dev.bellhop.server.limit.FairTurns;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A fault while the route of a request is looked for is answered like one that comes later. */
class FailingRouteTableTest {
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private Server server;

    @BeforeEach
    void start() throws Exception {
        server = new Server(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        List<Route> routes = List.of(Route.open("GET", "/api/v2/vps", call -> HttpResponse.noContent()));
        server.setHandler(new Handler.Wrapper(TestRouter.of(routes, metrics, BodyBudget.ofHeap(new FairTurns(1)))) {
            @Override
            public boolean handle(Request request, Response response, Callback callback) throws Exception {
                return super.handle(new FailsOnce(request), response, callback);
            }
        });
        server.start();
    }

    /** A request whose method, which only the search for its route asks for at first, cannot be told once. */
    private static final class FailsOnce extends Request.Wrapper {
        private boolean failed;

        private FailsOnce(Request request) {
            super(request);
        }

        @Override
        public String getMethod() {
            if (!failed) {
                failed = true;
                throw new IllegalStateException("a fault");
            }
            return super.getMethod();
        }
    }

    @AfterEach
    void stop() throws Exception {
        server.stop();
    }

    @Test
    void isAnsweredAndCounted() throws Exception {
        try (RawHttp http = new RawHttp(server.getURI()).request("GET", "/api/v2/vps")) {
            TestAnswer answer = http.answer();

            assertThat(answer.status()).isEqualTo(500);
            assertThat(answer.code()).isEqualTo("internal_error");
            assertThat(answer.message()).contains("request id " + answer.header("X-Request-Id"));
        }
        assertThat(metrics.get("bellhop.http.requests")
                        .tag("route", "unmatched")
                        .tag("status", "500")
                        .timer()
                        .count())
                .isEqualTo(1);
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.api.Health;
import dev.bellhop.api.v2.Problem;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.http.document.ApiDocument;
import dev.bellhop.server.service.MetricsReads;
import dev.bellhop.server.service.UseCase;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Routes about the server itself, not about a VM or a key. Only the metrics need a key. */
final class ServiceRoutes {
    /** The path of the readiness check. */
    static final String HEALTH = "/healthz";

    static final String METRICS = "/metrics";

    private static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";

    private final BooleanSupplier serving;
    private final StoreCheck store;
    private final @Nullable Supplier<String> scrape;
    private final ProblemPages problems = new ProblemPages();

    /**
     * @param serving false once the server stops
     * @param scrape returns all metrics as text; absent if this address does not serve them
     */
    ServiceRoutes(BooleanSupplier serving, StoreCheck store, MeterRegistry metrics, @Nullable Supplier<String> scrape) {
        this.serving = serving;
        this.store = store;
        this.scrape = scrape;
        Gauge.builder("bellhop.ready", () -> notReady().isEmpty() ? 1 : 0)
                .description("1 if the server takes requests and can write to its database, else 0")
                .register(metrics);
    }

    List<Route> routes() {
        List<Route> routes = new ArrayList<>(List.of(
                Route.open("GET", HEALTH, this::health),
                Route.open("GET", "/openapi.yaml", call -> document(call, ApiDocument.yaml())),
                Route.open("GET", "/openapi.json", call -> document(call, ApiDocument.json())),
                Route.open("GET", Problem.pageOf("{code}"), this::problem)));
        if (scrape != null) {
            MetricsReads reads = new MetricsReads(scrape);
            routes.add(new Route(
                    "GET",
                    METRICS,
                    UseCase.METRICS_READ,
                    call -> metrics(call.hasPermit() ? reads.read(call.permit()) : scrape.get())));
        }
        return routes;
    }

    /**
     * Serves the API document. It has no secrets, so caches can store it. They revalidate each time, because an upgrade
     * changes it.
     */
    private static HttpResponse document(Call call, ApiDocument document) {
        Map<String, String> headers = Map.of("ETag", document.etag(), "Cache-Control", "no-cache");
        // A tag in a list contains no quotes.
        boolean isKnown = call.listHeader("If-None-Match")
                .filter(tags -> tags.equals("*") || tags.contains(document.etag()))
                .isPresent();
        return isKnown
                ? new HttpResponse.Whole(304, headers, null, new byte[0])
                : HttpResponse.bytes(200, document.contentType(), document.bytes())
                        .with(headers);
    }

    private HttpResponse health(Call call) {
        return health(notReady());
    }

    /** Returns why the server is not ready, in one word; empty if it is ready. */
    Optional<String> notReady() {
        if (!serving.getAsBoolean()) {
            return Optional.of(ErrorCode.SHUTTING_DOWN.wireName());
        }
        return store.works() ? Optional.empty() : Optional.of(ErrorCode.STORE_UNAVAILABLE.wireName());
    }

    /** @param notReady the reason; empty if the server is ready */
    static HttpResponse.Whole health(Optional<String> notReady) {
        return HttpResponse.json(
                notReady.isEmpty() ? 200 : 503, new Health(true, notReady.isEmpty(), notReady.orElse(null)));
    }

    private HttpResponse problem(Call call) {
        return problems.page(call.pathParameter("code"))
                .map(page ->
                        HttpResponse.bytes(200, "text/plain; charset=utf-8", page.getBytes(StandardCharsets.UTF_8)))
                .orElseThrow(() -> new BellhopException(ErrorCode.NOT_FOUND, "Cannot find an error with this code"));
    }

    static HttpResponse.Whole metrics(String scrape) {
        return HttpResponse.bytes(200, PROMETHEUS_TEXT, scrape.getBytes(StandardCharsets.UTF_8));
    }
}

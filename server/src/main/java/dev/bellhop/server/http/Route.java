// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.http.body.RequestBody;
import dev.bellhop.server.service.UseCase;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One route of the API.
 *
 * @param template a path with parameters, such as {@code /api/vm/{vmid}/status}
 * @param useCase the use case, which determines the rights that a key needs; absent if no key is needed
 * @param body the bodies that it accepts, if its method has any
 * @param takesSecret whether the body has a secret other than a key: a wrong secret counts like a wrong key
 * @param query the names of its query parameters
 * @param takesIdempotencyKey whether a repeated request with the same Idempotency-Key is carried out once
 */
public record Route(
        String method,
        String template,
        @Nullable UseCase useCase,
        RequestBody.Taken body,
        boolean takesSecret,
        SortedSet<String> query,
        boolean takesIdempotencyKey,
        Function<Call, HttpResponse> endpoint) {
    private static final String V2 = "/api/v2/";

    /** A short request must not cause a long answer. */
    private static final int MAX_FAULTS = 5;

    private static final int MAX_NAME = 64;

    /** Makes a route without query parameters. */
    public Route(
            String method,
            String template,
            @Nullable UseCase useCase,
            RequestBody.Taken body,
            boolean takesSecret,
            Function<Call, HttpResponse> endpoint) {
        this(method, template, useCase, body, takesSecret, Collections.emptySortedSet(), false, endpoint);
    }

    /** Makes a route that accepts no secret other than a key. */
    public Route(
            String method,
            String template,
            @Nullable UseCase useCase,
            RequestBody.Taken body,
            Function<Call, HttpResponse> endpoint) {
        this(method, template, useCase, body, false, endpoint);
    }

    /** Makes a route that accepts JSON of the usual size. */
    public Route(String method, String template, @Nullable UseCase useCase, Function<Call, HttpResponse> endpoint) {
        this(method, template, useCase, RequestBody.Taken.JSON, endpoint);
    }

    /** Makes a route that accepts JSON with a secret instead of a key. */
    public static Route withSecret(String method, String template, Function<Call, HttpResponse> endpoint) {
        return new Route(method, template, null, RequestBody.Taken.JSON, true, endpoint);
    }

    /** Returns a copy with these query parameters. */
    public Route query(String... names) {
        return new Route(
                method,
                template,
                useCase,
                body,
                takesSecret,
                new TreeSet<>(List.of(names)),
                takesIdempotencyKey,
                endpoint);
    }

    /** Returns a copy that carries out a repeated request with the same Idempotency-Key once. */
    public Route idempotent() {
        return new Route(method, template, useCase, body, takesSecret, query, true, endpoint);
    }

    /** Returns a copy that refuses a body with fields. */
    public Route withoutFields() {
        return new Route(method, template, useCase, body, takesSecret, query, takesIdempotencyKey, call -> {
            call.requireNoFields();
            return endpoint.apply(call);
        });
    }

    /**
     * Refuses an Idempotency-Key that would be ignored: its sender relies on it and would create a second key, for
     * example. A repeated PUT or DELETE is also carried out again, and can undo a change that another client has made
     * in between. v1 has always ignored the header.
     *
     * @throws BellhopException {@code INVALID_REQUEST}
     */
    void requireNoUnusedIdempotencyKey(Call call) {
        if (changesByV2()
                && !takesIdempotencyKey
                && IdempotencyHeader.name(call).isPresent()) {
            throw new BellhopException(
                    ErrorCode.INVALID_REQUEST,
                    "Cannot use an Idempotency-Key here because a repeated request is carried out again; leave it out");
        }
    }

    /** The audit trail treats file reads as changes, but they change nothing. */
    private boolean changesByV2() {
        return template.startsWith(V2) && !method.equals("GET") && (useCase == null || useCase.changes());
    }

    /**
     * Refuses unknown query parameters, because a misspelt name can change the effect of a request. v1 has always
     * ignored them.
     *
     * @throws BellhopException {@code INVALID_FIELD}
     */
    void requireKnownQuery(Call call) {
        if (!template.startsWith(V2)) {
            return;
        }
        List<FieldFault> faults = call.queryNames().stream()
                .filter(name -> !query.contains(name))
                .limit(MAX_FAULTS)
                .map(name -> new FieldFault(printable(name), known(), Fault.UNKNOWN_FIELD))
                .toList();
        if (!faults.isEmpty()) {
            throw new BellhopException(
                    "Cannot use the query because it has a parameter that is not known here; look for a misspelt name",
                    faults);
        }
    }

    /** Makes a name printable. A leading slash would make it a pointer into the body. */
    private static String printable(String name) {
        String cut = name.length() <= MAX_NAME ? name : name.substring(0, MAX_NAME);
        return cut.startsWith("/") ? "%2F" + cut.substring(1) : cut;
    }

    private String known() {
        return query.isEmpty()
                ? "This request has no query parameters"
                : "The query parameters of this request are " + String.join(", ", query);
    }

    static Route open(String method, String template, Function<Call, HttpResponse> endpoint) {
        return new Route(method, template, null, endpoint);
    }
}

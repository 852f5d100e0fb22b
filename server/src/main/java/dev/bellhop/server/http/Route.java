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
 * One way into the server.
 *
 * @param template a path with parameters, such as {@code /api/vm/{vmid}/status}
 * @param useCase what it asks for, which says what a key needs; absent where no key is needed
 * @param body which bodies it takes, where its method has any
 * @param takesSecret whether another secret than a key is in the body: a wrong one counts as a wrong key does
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

    /** A short request must not get a long answer. */
    private static final int MAX_FAULTS = 5;

    private static final int MAX_NAME = 64;

    /** One without query parameters. */
    public Route(
            String method,
            String template,
            @Nullable UseCase useCase,
            RequestBody.Taken body,
            boolean takesSecret,
            Function<Call, HttpResponse> endpoint) {
        this(method, template, useCase, body, takesSecret, Collections.emptySortedSet(), false, endpoint);
    }

    /** One that asks for no other secret than a key. */
    public Route(
            String method,
            String template,
            @Nullable UseCase useCase,
            RequestBody.Taken body,
            Function<Call, HttpResponse> endpoint) {
        this(method, template, useCase, body, false, endpoint);
    }

    /** One that takes JSON of the usual size. */
    public Route(String method, String template, @Nullable UseCase useCase, Function<Call, HttpResponse> endpoint) {
        this(method, template, useCase, RequestBody.Taken.JSON, endpoint);
    }

    /** One that takes JSON with a secret in place of a key. */
    public static Route withSecret(String method, String template, Function<Call, HttpResponse> endpoint) {
        return new Route(method, template, null, RequestBody.Taken.JSON, true, endpoint);
    }

    /** The same with these query parameters. */
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

    /** The same, which carries out a repeated request with the same Idempotency-Key once. */
    public Route idempotent() {
        return new Route(method, template, useCase, body, takesSecret, query, true, endpoint);
    }

    /** The same, which refuses a body with fields. */
    public Route withoutFields() {
        return new Route(method, template, useCase, body, takesSecret, query, takesIdempotencyKey, call -> {
            call.requireNoFields();
            return endpoint.apply(call);
        });
    }

    /**
     * Refuses an Idempotency-Key that would be ignored: its sender relies on it and would create a second key, for example. A repeated PUT or
     * DELETE is also carried out again, and can undo a change that another client has made in between. Version 1 ignores it, as it always has.
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

    /** Reads of files count as changes in the audit trail, and are none. */
    private boolean changesByV2() {
        return template.startsWith(V2) && !method.equals("GET") && (useCase == null || useCase.changes());
    }

    /**
     * Refuses other query parameters, because a misspelt name can change the effect of a request. Version 1 ignores them, as it always has.
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

    /** A leading slash would make it a pointer into the body. */
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

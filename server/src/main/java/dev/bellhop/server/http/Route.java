// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.server.http.body.RequestBody;
import dev.bellhop.server.service.UseCase;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One way into the server.
 *
 * @param template a path with parameters, such as {@code /api/vm/{vmid}/status}
 * @param useCase what it asks for, which says what a key needs; absent where no key is needed
 * @param body which bodies it takes, where its method has any
 * @param takesSecret whether another secret than a key is in the body: a wrong one counts as a wrong key does
 */
public record Route(
        String method,
        String template,
        @Nullable UseCase useCase,
        RequestBody.Taken body,
        boolean takesSecret,
        Function<Call, HttpResponse> endpoint) {
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

    static Route open(String method, String template, Function<Call, HttpResponse> endpoint) {
        return new Route(method, template, null, endpoint);
    }
}

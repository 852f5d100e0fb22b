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
 */
public record Route(
        String method,
        String template,
        @Nullable UseCase useCase,
        RequestBody.Taken body,
        Function<Call, HttpResponse> endpoint) {
    /** One that takes JSON of the usual size. */
    public Route(String method, String template, @Nullable UseCase useCase, Function<Call, HttpResponse> endpoint) {
        this(method, template, useCase, RequestBody.Taken.JSON, endpoint);
    }

    static Route open(String method, String template, Function<Call, HttpResponse> endpoint) {
        return new Route(method, template, null, endpoint);
    }
}

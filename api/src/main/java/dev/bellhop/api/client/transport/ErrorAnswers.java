// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client.transport;

import dev.bellhop.api.Json;
import dev.bellhop.api.client.error.BellhopApiException;
import dev.bellhop.api.v1.ErrorBody;
import dev.bellhop.api.v1.RateLimitedBody;
import dev.bellhop.api.v2.Problem;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/** Turns answers with an error status into exceptions, whoever wrote them: v1, v2, or a proxy on the way. */
final class ErrorAnswers {

    private ErrorAnswers() {}

    static BellhopApiException read(HttpAnswer answer, String server) {
        int status = answer.status();
        byte[] body = answer.body();
        Optional<Problem> problem = parse(body, Problem.class);
        if (problem.isPresent()) {
            return new BellhopApiException(status, problem.get(), retryAfter(answer));
        }
        Optional<ErrorBody> error = parse(body, ErrorBody.class);
        if (error.isPresent()) {
            ErrorBody found = error.get();
            return exception(answer, found.message(), found.code(), found.requestId());
        }
        Optional<RateLimitedBody> limited = parse(body, RateLimitedBody.class);
        if (limited.isPresent()) {
            return exception(
                    answer, limited.get().message(), null, limited.get().requestId());
        }
        String message = "Cannot go on because " + server + " answered " + status
                + " without saying why; check that a Bellhop server is there";
        String requestId = answer.header("X-Request-Id").orElse(null);
        return exception(answer, message, null, requestId);
    }

    private static BellhopApiException exception(
            HttpAnswer answer, String message, @Nullable String code, @Nullable String requestId) {
        return new BellhopApiException(message, answer.status(), code, requestId, retryAfter(answer));
    }

    private static @Nullable Duration retryAfter(HttpAnswer answer) {
        return answer.header("Retry-After")
                .filter(seconds -> seconds.matches("[0-9]{1,6}"))
                .map(seconds -> Duration.ofSeconds(Long.parseLong(seconds)))
                .orElse(null);
    }

    private static <T> Optional<T> parse(byte[] body, Class<T> type) {
        try {
            return Optional.ofNullable(Json.mapper().readValue(body, type));
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }
}

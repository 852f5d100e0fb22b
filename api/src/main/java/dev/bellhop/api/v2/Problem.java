// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The body of every v2 error, as problem details (RFC 9457) in {@code application/problem+json}.
 *
 * @param type {@code tag:bellhop.dev,2026:CODE}, the same at every server
 * @param title title of the HTTP status
 * @param status the HTTP status
 * @param detail what went wrong this time, for a person; starts with "Cannot …"
 * @param code stable name for programs, such as {@code not_found}
 * @param instance path of the request
 * @param requestId UUID of the request, also in the header {@code X-Request-Id}
 * @param timestamp when the answer was made
 * @param errors the fields at fault; absent where none is
 * @param policy whose policy refuses, {@code account} or {@code key}; absent where none does
 * @param rule the name of the rule that refuses; absent where none does
 */
public record Problem(
        String type,
        String title,
        int status,
        String detail,
        String code,
        String instance,
        String requestId,
        Instant timestamp,
        @Nullable List<FieldError> errors,
        @Nullable String policy,
        @Nullable String rule) {

    /** One that no policy has to do with. */
    public Problem(
            String type,
            String title,
            int status,
            String detail,
            String code,
            String instance,
            String requestId,
            Instant timestamp,
            @Nullable List<FieldError> errors) {
        this(type, title, status, detail, code, instance, requestId, timestamp, errors, null, null);
    }

    /** The media type of this body. */
    public static final String MEDIA_TYPE = "application/problem+json";

    public Problem {
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(title, "title");
        Objects.requireNonNull(detail, "detail");
        Objects.requireNonNull(code, "code");
        Objects.requireNonNull(instance, "instance");
        Objects.requireNonNull(requestId, "requestId");
        Objects.requireNonNull(timestamp, "timestamp");
        errors = errors == null ? null : List.copyOf(errors);
    }

    /** Returns the {@code type} of problems with this code. It is a tag URI (RFC 4151), which no client can dereference. */
    public static String typeOf(String code) {
        return "tag:bellhop.dev,2026:" + code;
    }

    /** Returns the path of the page that explains the code, at every server. */
    public static String pageOf(String code) {
        return "/problems/" + code;
    }
}

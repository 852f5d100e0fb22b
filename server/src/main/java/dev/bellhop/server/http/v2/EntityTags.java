// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2;

import dev.bellhop.api.Json;
import dev.bellhop.server.digest.Digests;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.Precondition;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.HttpResponse;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Conditional requests with ETags (RFC 9110, section 13). The ETag of a JSON resource is a hash of its representation,
 * so it is strong.
 */
public final class EntityTags {
    private static final String ANY = "*";
    private static final String IF_MATCH = "If-Match";
    private static final String IF_NONE_MATCH = "If-None-Match";

    /** Possessive, because a long header must not cost much. */
    private static final Pattern TAG = Pattern.compile("\\s*+(W/)?+(\"[\\x21\\x23-\\x7e\\x80-\\xff]*+\")\\s*+(?:,|$)");

    /** Bytes of the hash. */
    private static final int LENGTH = 16;

    private static final byte[] NOTHING = {};

    private EntityTags() {}

    /** Returns the ETag of a representation. */
    public static String of(Object view) {
        byte[] hash = Digests.sha256(Json.mapper().writeValueAsBytes(view));
        return '"' + HexFormat.of().formatHex(hash, 0, LENGTH) + '"';
    }

    /** Answers a read: with the representation, or with 304 if the client has it. */
    public static HttpResponse.Whole read(Call call, Object view) {
        return read(call, view, of(view));
    }

    /**
     * Answers a read of a resource whose ETag does not cover the whole representation.
     *
     * @throws BellhopException {@code PRECONDITION_FAILED}
     */
    public static HttpResponse.Whole read(Call call, Object view, String etag) {
        if (ifMatch(call).filter(tags -> !tags.test(etag)).isPresent()) {
            throw changed();
        }
        return ifNoneMatch(call).filter(tags -> tags.test(etag)).isPresent()
                ? new HttpResponse.Whole(304, headers(etag), null, NOTHING)
                : HttpResponse.json(200, view).with(headers(etag));
    }

    /** Answers a change that has created a resource. */
    public static HttpResponse.Whole created(String location, Object view, String etag) {
        Map<String, String> headers = new HashMap<>(headers(etag));
        headers.put("Location", location);
        return HttpResponse.json(201, view).with(headers);
    }

    /** Answers a change of a resource that existed. */
    public static HttpResponse.Whole changed(Object view, String etag) {
        return HttpResponse.json(200, view).with(headers(etag));
    }

    private static Map<String, String> headers(String etag) {
        return Map.of("ETag", etag);
    }

    /**
     * Returns the condition of a request that changes a resource.
     *
     * @param etag returns the ETag of the current state
     */
    public static <T> Precondition<T> ofChange(Call call, Function<T, String> etag) {
        Optional<Predicate<String>> ifMatch = ifMatch(call);
        Optional<Predicate<String>> ifNoneMatch = ifNoneMatch(call);
        if (ifMatch.isEmpty() && ifNoneMatch.isEmpty()) {
            return Precondition.none();
        }
        return present -> {
            String tag = present == null ? null : etag.apply(present);
            if (ifMatch.filter(tags -> tag == null || !tags.test(tag)).isPresent()) {
                throw changed();
            }
            if (ifNoneMatch.filter(tags -> tag != null && tags.test(tag)).isPresent()) {
                throw new BellhopException(
                        ErrorCode.PRECONDITION_FAILED,
                        "Cannot do this because If-None-Match excludes the present state; read it, and send its ETag in"
                                + " If-Match to replace it");
            }
        };
    }

    private static BellhopException changed() {
        return new BellhopException(
                ErrorCode.PRECONDITION_FAILED,
                "Cannot do this because If-Match names another state than the present one; read it again, and repeat"
                        + " your change with its new ETag");
    }

    /** Returns the states that a request accepts; empty for any, or none. */
    public static Optional<Predicate<String>> ifMatch(Call call) {
        return call.listHeader(IF_MATCH).map(header -> tags(IF_MATCH, header, false));
    }

    /** Returns the states that a request excludes. */
    public static Optional<Predicate<String>> ifNoneMatch(Call call) {
        return call.listHeader(IF_NONE_MATCH).map(header -> tags(IF_NONE_MATCH, header, true));
    }

    /** @param weak whether a weak tag also matches */
    private static Predicate<String> tags(String name, String header, boolean weak) {
        if (header.equals(ANY)) {
            return _ -> true;
        }
        Set<String> tags = new HashSet<>();
        Matcher matcher = TAG.matcher(header);
        int end = 0;
        while (matcher.region(end, header.length()).lookingAt()) {
            end = matcher.end();
            if (weak || matcher.group(1) == null) {
                tags.add(matcher.group(2));
            }
        }
        if (end != header.length() || header.isEmpty()) {
            throw new BellhopException(
                    ErrorCode.INVALID_REQUEST,
                    "Cannot use the header " + name + " because it is neither * nor a list of ETags in quotes");
        }
        return tags::contains;
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

import dev.bellhop.api.Json;
import dev.bellhop.api.client.error.BellhopTransportException;
import dev.bellhop.api.client.transport.HttpAnswer;
import dev.bellhop.api.client.transport.PathAndQuery;
import dev.bellhop.api.client.transport.Transport;
import dev.bellhop.api.v1.Envelope;
import dev.bellhop.api.v2.Page;
import java.time.Duration;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JavaType;

/** Sends requests and reads the answers to them as JSON, for all groups of calls. Thread safe. */
final class Calls {

    private final Transport transport;

    Calls(Transport transport) {
        this.transport = transport;
    }

    /** For what is no JSON, or comes as a stream. */
    Transport transport() {
        return transport;
    }

    <T> T get(String path, Class<T> type) throws InterruptedException {
        return read(transport.get(path), type);
    }

    /** As the other, for an answer that the server may hold back for so long. */
    <T> T get(String path, Duration heldBack, Class<T> type) throws InterruptedException {
        return read(transport.get(path, heldBack), type);
    }

    /** A part of a list. */
    <T> Page<T> page(PathAndQuery path, Class<T> item) throws InterruptedException {
        JavaType page = of(Page.class, item);
        return read(transport.get(path.toString()), body -> Json.mapper().<Page<T>>readValue(body, page));
    }

    void post(String path, Object body) throws InterruptedException {
        transport.post(path, body);
    }

    /** As the other, under a condition if the headers have one. */
    void post(String path, Object body, Map<String, String> headers) throws InterruptedException {
        transport.post(path, body, Duration.ZERO, headers);
    }

    /** As the other, for an answer that the server may hold back for so long. */
    void post(String path, Object body, Duration heldBack) throws InterruptedException {
        transport.post(path, body, heldBack, Map.of());
    }

    <T> T post(String path, Object body, Class<T> type) throws InterruptedException {
        return read(transport.post(path, body), type);
    }

    /** As the other, for an answer that the server may hold back for so long, and with more headers. */
    <T> T post(String path, Object body, Duration heldBack, Map<String, String> headers, Class<T> type)
            throws InterruptedException {
        return read(transport.post(path, body, heldBack, headers), type);
    }

    /** Reads a resource with its state. */
    <T> Tagged<T> tagged(String path, Class<T> type) throws InterruptedException {
        return tagged(transport.get(path), type);
    }

    private <T> Tagged<T> tagged(HttpAnswer answer, Class<T> type) {
        return new Tagged<>(read(answer, type), answer.header("ETag").orElseThrow(() -> notUnderstood(answer, null)));
    }

    /** Replaces a resource, under a condition if the headers have one. */
    <T> Tagged<T> put(String path, Object body, Map<String, String> headers, Class<T> type)
            throws InterruptedException {
        return tagged(transport.put(path, body, headers), type);
    }

    /** Changes a part of a resource, under a condition if the headers have one. */
    <T> Tagged<T> patch(String path, Object body, Map<String, String> headers, Class<T> type)
            throws InterruptedException {
        return tagged(transport.patch(path, body, headers), type);
    }

    void delete(String path) throws InterruptedException {
        transport.delete(path);
    }

    /** As the other, with more headers. */
    void delete(String path, Map<String, String> headers) throws InterruptedException {
        transport.delete(path, Duration.ZERO, headers);
    }

    /** As the other, for an answer that the server may hold back for so long. */
    void delete(String path, Duration heldBack, Map<String, String> headers) throws InterruptedException {
        transport.delete(path, heldBack, headers);
    }

    /** As the other, for an answer that the server may hold back for so long. */
    <T> T delete(String path, Duration heldBack, Class<T> type) throws InterruptedException {
        return read(transport.delete(path, heldBack), type);
    }

    <T> T read(HttpAnswer answer, Class<T> type) {
        return read(answer, body -> Json.mapper().readValue(body, type));
    }

    /** What is within the envelope of v1. */
    <T> T data(HttpAnswer answer, Class<T> type) {
        JavaType envelope = of(Envelope.class, type);
        return read(answer, body -> Json.mapper().<Envelope<T>>readValue(body, envelope))
                .data();
    }

    private <T> T read(HttpAnswer answer, Function<byte[], @Nullable T> parser) {
        try {
            T body = parser.apply(answer.body());
            if (body != null) {
                return body;
            }
        } catch (JacksonException e) {
            throw notUnderstood(answer, e);
        }
        throw notUnderstood(answer, null);
    }

    BellhopTransportException notUnderstood(HttpAnswer answer, @Nullable Exception cause) {
        return transport.notUnderstood(answer.status(), cause);
    }

    private static JavaType of(Class<?> generic, Class<?> parameter) {
        return Json.mapper().getTypeFactory().constructParametricType(generic, parameter);
    }

    /** The path of a VM. */
    static String vm(long vmid) {
        return "/api/v2/vps/" + vmid;
    }

    /** Returns the header that limits a change to one state. */
    static Map<String, String> ifMatch(String etag) {
        return Map.of("If-Match", etag);
    }

    /**
     * The header by which the same request again has no second effect.
     *
     * @param key 1 to 255 visible characters of ASCII; absent for none
     */
    static Map<String, String> idempotent(@Nullable String key) {
        return key == null ? Map.of() : Map.of("Idempotency-Key", key);
    }
}

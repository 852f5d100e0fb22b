// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

import dev.bellhop.api.Json;
import dev.bellhop.api.v1.AgentAvailability;
import dev.bellhop.api.v1.Envelope;
import dev.bellhop.api.v1.ExecRequest;
import dev.bellhop.api.v1.ExecResult;
import dev.bellhop.api.v1.ExecStarted;
import dev.bellhop.api.v1.VmStatus;
import dev.bellhop.api.v2.CreateKey;
import dev.bellhop.api.v2.CreatedKey;
import dev.bellhop.api.v2.KeyView;
import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.VmSummary;
import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;

/**
 * A typed client of a Bellhop server: one method an operation of {@code openapi.yaml}, nothing retried, nothing cached.
 *
 * <p>Every method throws {@link BellhopApiException} when the server answers with an error, {@link
 * BellhopTransportException} when no answer of a server comes back within the timeout, and {@link InterruptedException}
 * when the thread is interrupted while it waits. Thread safe; close it to give up its connections.
 */
public final class BellhopClient implements AutoCloseable {

    private final Transport transport;

    /**
     * A client that has not connected yet.
     *
     * @param url where the server is, such as {@code http://127.0.0.1:8080}; a path in it stands before every path
     * @param key the API key
     * @param connectTimeout how long a connection may take to come about
     * @param requestTimeout how long each answer may take as a whole
     * @throws IllegalArgumentException if the url is none that a server can have, with a message for a person
     */
    public BellhopClient(URI url, String key, Duration connectTimeout, Duration requestTimeout) {
        transport = new Transport(url, key, connectTimeout, requestTimeout);
    }

    /**
     * Starts a command and returns once the guest has given its pid. After a timeout or a broken connection it may have been
     * started all the same.
     *
     * @param command text for the guest's shell, at most {@link ExecRequest#MAX_COMMAND_LENGTH} characters
     */
    public ExecStarted exec(long vmid, String command) throws InterruptedException {
        HttpResponse<byte[]> answer = transport.post(exec(vmid), new ExecRequest(command));
        return data(answer, new TypeReference<>() {});
    }

    /** How the newest command with that pid in that VM stands, or how it ended. */
    public ExecResult result(long vmid, long pid) throws InterruptedException {
        return data(transport.get(exec(vmid) + "?pid=" + pid), new TypeReference<>() {});
    }

    /** Whether commands can be run in that VM now. */
    public AgentAvailability availability(long vmid) throws InterruptedException {
        return data(transport.get(exec(vmid)), new TypeReference<>() {});
    }

    /** The state of a VM, its agent and its recent commands. */
    public VmStatus status(long vmid) throws InterruptedException {
        return data(transport.get("/api/vm/" + vmid + "/status"), new TypeReference<>() {});
    }

    /** The VMs that the key may see, by ascending vmid. */
    public Page<VmSummary> listVms(@Nullable Integer limit, @Nullable String cursor) throws InterruptedException {
        return body(transport.get("/api/v2/vps" + page(limit, cursor)), new TypeReference<>() {});
    }

    /** Makes a key. Its secret is in the answer and nowhere else. */
    public CreatedKey createKey(CreateKey wanted) throws InterruptedException {
        return body(transport.post("/api/v2/keys", wanted), new TypeReference<>() {});
    }

    /** The keys, oldest first, expired and revoked ones included. */
    public Page<KeyView> listKeys(@Nullable Integer limit, @Nullable String cursor) throws InterruptedException {
        return body(transport.get("/api/v2/keys" + page(limit, cursor)), new TypeReference<>() {});
    }

    /** Revokes a key; does nothing when it is revoked already. */
    public void revokeKey(String id) throws InterruptedException {
        transport.delete("/api/v2/keys/" + Transport.encode(id));
    }

    /**
     * A part of a command's output, byte for byte.
     *
     * @param executionId from {@link ExecStarted} or {@link ExecResult}
     * @param offset number of the first byte wanted, from 0
     * @param limit the most bytes wanted, 1 to 1,048,576
     */
    public OutputChunk output(String executionId, OutputStreamName stream, long offset, int limit)
            throws InterruptedException {
        HttpResponse<byte[]> answer = transport.get("/api/v2/executions/" + Transport.encode(executionId)
                + "/output?stream=" + stream.wireName() + "&offset=" + offset + "&limit=" + limit);
        long next = answer.headers()
                .firstValue("X-Next-Offset")
                .filter(value -> value.matches("[0-9]{1,18}"))
                .map(Long::parseLong)
                .orElseThrow(() -> transport.notUnderstood(answer, null));
        boolean complete = answer.headers().firstValue("X-Complete").equals(Optional.of("true"));
        return new OutputChunk(answer.body(), next, complete);
    }

    /** Gives up the connections; requests under way fail. */
    @Override
    public void close() {
        transport.close();
    }

    private static String exec(long vmid) {
        return "/api/vm/" + vmid + "/agent/exec";
    }

    private static String page(@Nullable Integer limit, @Nullable String cursor) {
        StringBuilder query = new StringBuilder();
        if (limit != null) {
            query.append("?limit=").append(limit);
        }
        if (cursor != null) {
            query.append(query.isEmpty() ? '?' : '&').append("cursor=").append(Transport.encode(cursor));
        }
        return query.toString();
    }

    private <T> T data(HttpResponse<byte[]> answer, TypeReference<Envelope<T>> type) {
        return body(answer, type).data();
    }

    private <T> T body(HttpResponse<byte[]> answer, TypeReference<T> type) {
        try {
            T body = Json.mapper().readValue(answer.body(), type);
            if (body != null) {
                return body;
            }
        } catch (JacksonException e) {
            throw transport.notUnderstood(answer, e);
        }
        throw transport.notUnderstood(answer, null);
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga.client;

import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** Builds one request at a time in a reused buffer. Belongs to one connection. */
final class RequestBuffer extends OutputStream {

    /**
     * The largest request. The agent's JSON parser gives up at 64 MiB with an error that names no request, so the caller
     * would wait in vain.
     */
    private static final int MAX_BYTES = 48 * 1024 * 1024;

    private static final int SMALL = 1024;

    /** A larger buffer is not kept for the next request. */
    private static final int MAX_KEPT = 64 * 1024;

    private static final JsonFactory JSON = new JsonFactory();

    private byte[] bytes = new byte[SMALL];
    private int length;

    /** Begins anew. */
    void clear() {
        length = 0;
        if (bytes.length > MAX_KEPT) {
            bytes = new byte[SMALL];
        }
    }

    /** The bytes, ready to be sent. */
    ByteBuffer content() {
        return ByteBuffer.wrap(bytes, 0, length);
    }

    /**
     * Adds a request and its line feed.
     *
     * @param id for the agent to put into its reply, or {@link Reply#NO_ID} for none
     * @throws IllegalArgumentException if it is too large for an agent
     */
    void add(String command, Rpc.ArgumentWriter arguments, long id) {
        try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), this)) {
            json.writeStartObject();
            json.writeStringProperty("execute", command);
            json.writeObjectPropertyStart("arguments");
            arguments.write(json);
            json.writeEndObject();
            if (id != Reply.NO_ID) {
                json.writeNumberProperty("id", id);
            }
            json.writeEndObject();
        }
        write('\n');
    }

    @Override
    public void write(int b) {
        makeRoom(1);
        bytes[length++] = (byte) b;
    }

    @Override
    public void write(byte[] from, int start, int count) {
        makeRoom(count);
        System.arraycopy(from, start, bytes, length, count);
        length += count;
    }

    private void makeRoom(int count) {
        if (count > MAX_BYTES - length) {
            throw new IllegalArgumentException(
                    "Cannot send this request to the guest agent because it is larger than " + MAX_BYTES + " bytes");
        }
        if (count > bytes.length - length) {
            bytes = Arrays.copyOf(bytes, Math.max(length + count, Math.min(MAX_BYTES, bytes.length * 2)));
        }
    }
}

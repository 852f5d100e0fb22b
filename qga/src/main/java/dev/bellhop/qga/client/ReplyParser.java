// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga.client;

import dev.bellhop.qga.ReplyLimits;
import dev.bellhop.qga.client.Reply.Misfit;
import dev.bellhop.qga.client.Reply.Outcome;
import dev.bellhop.qga.client.Reply.Refusal;
import dev.bellhop.qga.client.Reply.Result;
import java.io.IOException;
import java.io.InputStream;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.util.JsonRecyclerPools;

/**
 * Parses a line from a guest: {@code {"return": …, "id": …}} or {@code {"error": {"class": …, "desc": …}, "id": …}}.
 *
 * <p>The id follows the result (qemu-ga 10.0), so a result is read before its owner is known. That is why a result of the
 * wrong shape does not stop the parser: it may be an earlier caller's. Invalid JSON, or exceeding a limit, does. Thread
 * safe.
 */
final class ReplyParser {

    /**
     * The longest text, in characters: an error quotes a path, which may have 131,071 of them. Base64 does not count, as it
     * is never held as text.
     */
    private static final int MAX_TEXT = 256 * 1024;

    /** Longer than any name of the protocol. */
    private static final int MAX_NAME = 128;

    /** No number of the protocol has more digits than a 64-bit one. */
    private static final int MAX_NUMBER = 32;

    /** Far more than a reply with a thousand commands has. It limits the table of names, which a reply fills. */
    private static final int MAX_TOKENS = 16 * 1024;

    private final JsonFactory factory;

    ReplyParser(ReplyLimits limits) {
        factory = JsonFactory.builder()
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(limits.maxNesting())
                        .maxStringLength(MAX_TEXT)
                        .maxNameLength(MAX_NAME)
                        .maxNumberLength(MAX_NUMBER)
                        .maxTokenCount(MAX_TOKENS)
                        .build())
                // Errors must quote nothing of the guest.
                .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                // Buffers are shared by all agents; the table of names is each agent's own, so that no guest spoils
                // another's.
                .recyclerPool(JsonRecyclerPools.sharedConcurrentDequePool())
                .build();
    }

    /** Checks how a line begins, before it is parsed: with any other start the JSON library would try UTF-16 and UTF-32. */
    static void requireStart(byte[] bytes, int start, int length) throws MalformedReplyException {
        if (length < 2 || bytes[start] != '{' || bytes[start + 1] == 0) {
            throw new MalformedReplyException("it is not a JSON object");
        }
    }

    /** Parses a complete line, without its line feed. */
    <T> Reply<T> parse(byte[] bytes, int start, int length, ResultReader<T> reader, BoundedInput intake)
            throws MalformedReplyException, IOException {
        try (JsonParser json = factory.createParser(ObjectReadContext.empty(), bytes, start, length)) {
            return reply(json, reader, intake);
        } catch (JacksonException e) {
            throw malformed(e);
        }
    }

    /** Parses a line as it arrives; the stream ends with the line. */
    <T> Reply<T> parse(InputStream line, ResultReader<T> reader, BoundedInput intake)
            throws MalformedReplyException, IOException {
        try (JsonParser json = factory.createParser(ObjectReadContext.empty(), line)) {
            return reply(json, reader, intake);
        } catch (JacksonException e) {
            throw malformed(e);
        }
    }

    private static <T> Reply<T> reply(JsonParser json, ResultReader<T> reader, BoundedInput intake)
            throws MalformedReplyException {
        if (json.nextToken() != JsonToken.START_OBJECT) {
            throw new MalformedReplyException("it is not a JSON object");
        }
        boolean hasId = false;
        long id = Reply.NO_ID;
        Outcome<T> outcome = null;
        for (String name = json.nextName(); name != null; name = json.nextName()) {
            json.nextToken();
            switch (name) {
                case "id" -> {
                    requireFirst(!hasId);
                    hasId = true;
                    id = JsonValues.isLong(json) ? json.getLongValue() : Reply.NO_ID;
                    json.skipChildren();
                }
                case "return" -> {
                    requireFirst(outcome == null);
                    outcome = result(json, reader, intake);
                }
                case "error" -> {
                    requireFirst(outcome == null);
                    outcome = refusal(json);
                }
                default -> json.skipChildren();
            }
        }
        if (json.nextToken() != null) {
            throw new MalformedReplyException("it goes on after its end");
        }
        return new Reply<>(hasId, id, outcome == null ? new Misfit<>("it has neither a result nor an error") : outcome);
    }

    private static void requireFirst(boolean first) throws MalformedReplyException {
        if (!first) {
            throw new MalformedReplyException("it says the same thing twice");
        }
    }

    private static <T> Outcome<T> result(JsonParser json, ResultReader<T> reader, BoundedInput intake) {
        try {
            return new Result<>(reader.read(json, intake));
        } catch (UnexpectedResultException e) {
            leaveValue(json);
            return new Misfit<>(e.what());
        }
    }

    private static <T> Outcome<T> refusal(JsonParser json) {
        try {
            String errorClass = null;
            String description = null;
            JsonValues.requireObject(json, "the error");
            for (String name = json.nextName(); name != null; name = json.nextName()) {
                json.nextToken();
                switch (name) {
                    case "class" -> errorClass = JsonValues.text(json, "the error's class");
                    case "desc" -> description = JsonValues.text(json, "the error's description");
                    default -> json.skipChildren();
                }
            }
            return new Refusal<>(
                    JsonValues.present(errorClass, "the error's class"), description == null ? "" : description);
        } catch (UnexpectedResultException e) {
            leaveValue(json);
            return new Misfit<>(e.what());
        }
    }

    /** Skips to the end of the member of the reply that the parser is in. */
    private static void leaveValue(JsonParser json) {
        while (json.streamReadContext().getNestingDepth() > 1) {
            json.nextToken();
        }
    }

    /** What the JSON library found, without its message, which quotes the guest. */
    private static MalformedReplyException malformed(JacksonException e) throws IOException {
        if (e.getCause() instanceof IOException io) {
            throw io;
        }
        return new MalformedReplyException(
                e instanceof StreamConstraintsException
                        ? "it is nested too deeply, has too many parts, or too long a name, number or text"
                        : "it is not valid JSON");
    }
}

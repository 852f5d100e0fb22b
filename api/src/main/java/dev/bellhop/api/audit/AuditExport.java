// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.audit;

import dev.bellhop.api.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.ObjectReader;

/**
 * The audit trail as JSON Lines: where it begins, a record on each line, oldest first, and where it ends. The last line tells
 * that none is missing behind it.
 */
public final class AuditExport {

    public static final String CONTENT_TYPE = "application/jsonl";

    /** A field that is not known could be anything, and is not hashed. */
    private static final ObjectReader STRICT =
            Json.mapper().reader().with(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    private AuditExport() {}

    /**
     * The first line.
     *
     * @param anchor the record before the first one
     * @param filtered whether records between these were left out
     */
    public record Begin(AuditMark anchor, boolean filtered) {
        public Begin {
            Objects.requireNonNull(anchor, "anchor");
        }
    }

    /**
     * The last line.
     *
     * @param head the last record there was, left out or not
     * @param records how many lines stand between
     */
    public record End(AuditMark head, long records) {
        public End {
            Objects.requireNonNull(head, "head");
        }
    }

    /** Writes a line: {@link Begin}, {@link AuditRecord} or {@link End}. */
    public static void write(OutputStream out, Object line) throws IOException {
        out.write(Json.mapper().writeValueAsBytes(line));
        out.write('\n');
    }

    /**
     * Checks an export to its end.
     *
     * @param some whether it may be a filtered one, of whose records each is checked by itself
     * @throws IOException if it cannot be read, or is no export
     * @throws IllegalArgumentException if it is a filtered one and a whole one is wanted, with a message for a person
     */
    public static AuditReport verify(InputStream export, @Nullable KnownHead known, boolean some) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(export, StandardCharsets.UTF_8));
        Begin begin = read(lines.readLine(), Begin.class);
        if (begin == null) {
            throw new IOException("Cannot check this because it does not begin as an export does");
        }
        if (begin.filtered() && !some) {
            throw new IllegalArgumentException("Cannot tell of a filtered export whether it is complete; export all, or"
                    + " have each record checked by itself");
        }
        AuditVerifier verifier = begin.filtered() ? AuditVerifier.some() : AuditVerifier.whole(begin.anchor(), known);
        End end = records(lines, verifier);
        if (end != null && end.records() != verifier.records()) {
            verifier.find(
                    verifier.last().seq() + 1,
                    "there were " + end.records() + " records, and there are " + verifier.records());
        }
        if (end == null && begin.filtered()) {
            verifier.unreadable("the export does not say where it ends");
        }
        return verifier.end(end == null ? null : end.head());
    }

    /** Checks the records, and gives the line after them. */
    private static @Nullable End records(BufferedReader lines, AuditVerifier verifier) throws IOException {
        End end = null;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (end != null) {
                verifier.unreadable("something stands after the end of the export");
                return end;
            }
            AuditRecord record = read(line, AuditRecord.class);
            if (record != null) {
                verifier.accept(record);
                continue;
            }
            end = read(line, End.class);
            if (end == null) {
                verifier.unreadable(
                        "what stands after record " + verifier.last().seq() + " is no record");
            }
        }
        return end;
    }

    private static <T> @Nullable T read(@Nullable String line, Class<T> type) {
        try {
            return line == null ? null : type.cast(STRICT.forType(type).readValue(line));
        } catch (JacksonException e) {
            return null;
        }
    }
}

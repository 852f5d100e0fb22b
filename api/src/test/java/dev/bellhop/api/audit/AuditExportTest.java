// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.api.Json;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** An export is checked line by line, and what was done to it is found where it was done. */
class AuditExportTest {
    private static final int RECORDS = 9;
    private static final Instant AT = Instant.parse("2026-01-31T09:30:00.020Z");

    private static AuditRecord record(AuditMark previous, String action) {
        long seq = previous.seq() + 1;
        return new AuditRecord(
                        seq,
                        AT.plusMillis(seq),
                        action,
                        null,
                        "done",
                        "4b1d7c09e2aa",
                        null,
                        null,
                        "192.0.2.20",
                        "0b0e6a9c-3c7e-4f56-9a57-2f3f0f6c1f11",
                        10_000L + seq,
                        null,
                        null,
                        null,
                        201,
                        null,
                        null,
                        previous.hash(),
                        "")
                .sealed();
    }

    /** The lines of a sound export. */
    private static List<String> lines() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        AuditMark last = AuditMark.START;
        AuditExport.write(out, new AuditExport.Begin(last, false));
        for (int i = 0; i < RECORDS; i++) {
            AuditRecord record = record(last, "POST /api/v2/keys");
            AuditExport.write(out, record);
            last = record.mark();
        }
        AuditExport.write(out, new AuditExport.End(last, RECORDS));
        return new ArrayList<>(out.toString(StandardCharsets.UTF_8).lines().toList());
    }

    private static AuditReport verify(List<String> lines, @Nullable KnownHead known, boolean some) throws IOException {
        String text = String.join("\n", lines) + "\n";
        return AuditExport.verify(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), known, some);
    }

    @Test
    void anUntouchedOneIsIntactAndHasItsHead() throws Exception {
        AuditReport report = verify(lines(), null, false);

        assertThat(report.intact()).as(report.toString()).isTrue();
        assertThat(report.records()).isEqualTo(RECORDS);
        assertThat(lines().getLast())
                .isEqualTo("{\"head\":{\"seq\":9,\"hash\":\"" + report.head().hash() + "\"},\"records\":9}");
        assertThat(verify(lines(), KnownHead.parse(report.head().text()).orElseThrow(), false)
                        .intact())
                .isTrue();
    }

    /** As the documents have it, so that anybody can compute it. */
    @Test
    void theHashIsThatOfTheRecordsJsonWithItsNamesSorted() throws Exception {
        AuditRecord record = record(AuditMark.START, "POST /api/vm/{vmid}/agent/exec");
        String canonical = "{\"action\":\"POST /api/vm/{vmid}/agent/exec\",\"address\":\"192.0.2.20\","
                + "\"at\":\"2026-01-31T09:30:00.021Z\",\"keyId\":\"4b1d7c09e2aa\",\"outcome\":\"done\",\"previous\":\""
                + "0".repeat(64) + "\",\"requestId\":\"0b0e6a9c-3c7e-4f56-9a57-2f3f0f6c1f11\",\"seq\":1,"
                + "\"status\":201,\"vmid\":10001}";
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(canonical.getBytes(StandardCharsets.UTF_8));

        assertThat(record.hash()).isEqualTo(HexFormat.of().formatHex(hash));
    }

    /** Records from before there was a door keep their hashes. */
    @Test
    void doorIsPartOfTheHashIfThereIsOne() {
        AuditRecord without = record(AuditMark.START, "key.create");
        AuditRecord with = new AuditRecord(
                without.seq(),
                without.at(),
                without.action(),
                "ssh",
                without.outcome(),
                without.keyId(),
                null,
                null,
                without.address(),
                without.requestId(),
                without.vmid(),
                null,
                null,
                null,
                without.status(),
                null,
                null,
                without.previous(),
                without.hash());

        assertThat(CanonicalRecord.of(without)).doesNotContain("door");
        assertThat(CanonicalRecord.of(with))
                .isEqualTo(CanonicalRecord.of(without).replace("\"keyId\"", "\"door\":\"ssh\",\"keyId\""));
        assertThat(with.computedHash()).isNotEqualTo(without.computedHash());
    }

    @Test
    void textIsEscapedAsInJson() {
        AuditRecord record = record(AuditMark.START, "\"\\\b\t\n\f\r\u0001\u007f\u00e4");

        assertThat(CanonicalRecord.of(record))
                .startsWith("{\"action\":\"\\\"\\\\\\b\\t\\n\\f\\r\\u0001\u007f\u00e4\",\"address\"");
    }

    /** What is done to the lines, of which the first is no record, and at which record that shows. */
    record Tampering(String name, Change change, long seq) {
        interface Change {
            void to(List<String> lines);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private static void replace(List<String> lines, int index, String what, String by) {
        String changed = lines.get(index).replace(what, by);
        assertThat(changed).isNotEqualTo(lines.set(index, changed));
    }

    static Stream<Tampering> tamperings() {
        return Stream.of(
                new Tampering("a field is changed", lines -> replace(lines, 5, "10005", "10006"), 5),
                new Tampering("a time is made finer", lines -> replace(lines, 5, ".025Z", ".025001Z"), 5),
                new Tampering("a field is added", lines -> replace(lines, 5, "{", "{\"code\":\"forbidden\","), 5),
                new Tampering("a field that is none is added", lines -> replace(lines, 5, "{", "{\"by\":\"me\","), 5),
                new Tampering("a field is doubled", lines -> replace(lines, 5, "{", "{\"vmid\":1,"), 5),
                new Tampering("a field is removed", lines -> replace(lines, 5, "\"status\":201,", ""), 5),
                new Tampering("a number becomes a text", lines -> replace(lines, 5, "201", "\"201\""), 5),
                new Tampering("a number becomes another sort of number", lines -> replace(lines, 5, "201", "201.0"), 5),
                new Tampering("a line is no JSON", lines -> lines.set(5, "x"), 5),
                new Tampering("a line is empty", lines -> lines.set(5, ""), 5),
                new Tampering("a line is removed", lines -> lines.remove(5), 5),
                new Tampering("the first one is removed", lines -> lines.remove(1), 1),
                new Tampering("the last one is removed", lines -> lines.remove(9), 9),
                new Tampering("a line is doubled", lines -> lines.add(6, lines.get(5)), 5),
                new Tampering("two lines are swapped", lines -> lines.add(5, lines.remove(6)), 5),
                new Tampering("all are in the other order", lines -> Collections.reverse(lines.subList(1, 10)), 1),
                new Tampering("a line is put in", lines -> lines.add(5, lines.get(1)), 1),
                new Tampering("the end is removed", List::removeLast, 10),
                new Tampering(
                        "all from the middle on is removed",
                        lines -> lines.subList(6, 11).clear(),
                        6),
                new Tampering("something follows", lines -> lines.add(lines.get(1)), 10),
                new Tampering("the count of records is changed", lines -> replace(lines, 10, "9}", "8}"), 10),
                new Tampering("the head is changed", lines -> replace(lines, 10, "\"seq\":9", "\"seq\":8"), 9),
                new Tampering("the anchor is changed", lines -> replace(lines, 0, ":0,", ":3,"), 1));
    }

    @ParameterizedTest
    @MethodSource("tamperings")
    void whatWasDoneToItIsFoundWhereItWasDone(Tampering tampering) throws Exception {
        List<String> lines = lines();
        tampering.change.to(lines);

        AuditReport report = verify(lines, null, false);

        assertThat(report.findings()).isNotEmpty();
        assertThat(report.findings().getFirst().seq()).as(report.toString()).isEqualTo(tampering.seq);
    }

    @Test
    void oneThatWasBuiltAnewIsFoundByAHeadThatIsKnown() throws Exception {
        AuditReport before = verify(lines(), null, false);
        AuditRecord other = record(AuditMark.START, "POST /api/v2/other");
        List<String> rebuilt = List.of(
                lines().getFirst(),
                Json.mapper().writeValueAsString(other),
                Json.mapper().writeValueAsString(new AuditExport.End(other.mark(), 1)));

        assertThat(verify(rebuilt, null, false).intact()).as("nobody can tell").isTrue();
        KnownHead withNumber = KnownHead.parse(before.head().text()).orElseThrow();
        assertThat(verify(rebuilt, withNumber, false).findings().getFirst().seq())
                .isEqualTo(2);
        KnownHead hashAlone = KnownHead.parse(before.head().hash()).orElseThrow();
        assertThat(verify(rebuilt, hashAlone, false).findings().getFirst().seq())
                .isEqualTo(2);
    }

    @Test
    void ofAFilteredOneEachRecordIsCheckedIfThatIsWanted() throws Exception {
        List<String> lines = lines();
        replace(lines, 0, "false", "true");
        lines.remove(3);
        replace(lines, 9, "\"records\":9", "\"records\":8");

        assertThatThrownBy(() -> verify(lines, null, false)).isInstanceOf(IllegalArgumentException.class);
        assertThat(verify(lines, null, true).intact()).isTrue();
        replace(lines, 5, "201", "403");
        assertThat(verify(lines, null, true).findings().getFirst().seq()).isEqualTo(6);
        lines.removeLast();
        assertThat(verify(lines, null, true).findings().getLast().seq()).isEqualTo(10);
    }

    @Test
    void whatIsNoExportIsNotChecked() {
        assertThatThrownBy(() -> verify(List.of("root:x:0:0"), null, false)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> verify(List.of(), null, false)).isInstanceOf(IOException.class);
    }
}

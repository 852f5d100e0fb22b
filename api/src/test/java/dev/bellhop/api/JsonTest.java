// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.entry;

import dev.bellhop.api.v1.Envelope;
import dev.bellhop.api.v1.ErrorBody;
import dev.bellhop.api.v1.ExecRequest;
import dev.bellhop.api.v1.ExecResult;
import dev.bellhop.api.v1.ExecStarted;
import dev.bellhop.api.v1.ProcessEntry;
import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.admin.CreateKey;
import dev.bellhop.api.v2.admin.CreatedKey;
import dev.bellhop.api.v2.execution.CreateExecution;
import dev.bellhop.api.v2.vm.VmSummary;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.json.JsonMapper;

class JsonTest {

    private static final Instant NOON = Instant.parse("2026-01-31T12:00:00Z");

    private final JsonMapper json = Json.mapper();

    @Test
    void fieldsKeepTheirOrderAndAbsentOnesAreLeftOut() {
        ExecResult running =
                new ExecResult(true, 7L, false, null, null, "", null, "e1", "running", null, null, NOON, null);

        assertThat(json.writeValueAsString(Envelope.of(NOON, "r1", running)))
                .isEqualTo("{\"success\":true,\"timestamp\":\"2026-01-31T12:00:00.000Z\",\"requestId\":\"r1\","
                        + "\"data\":{\"success\":true,\"pid\":7,\"exited\":false,\"stdout\":\"\","
                        + "\"executionId\":\"e1\",\"state\":\"running\",\"startedAt\":\"2026-01-31T12:00:00.000Z\"}}");
    }

    @ParameterizedTest
    @CsvSource({
        "2026-01-31T12:00:00Z, 2026-01-31T12:00:00.000Z",
        "2026-01-31T12:00:00.5Z, 2026-01-31T12:00:00.500Z",
        "2026-01-31T12:00:00.123999999Z, 2026-01-31T12:00:00.123Z",
        "0009-01-01T00:00:00Z, 0009-01-01T00:00:00.000Z",
    })
    void timesAlwaysHaveThreeDecimals(Instant time, String expected) {
        assertThat(Json.timestamp(time)).isEqualTo(expected);
        assertThat(json.writeValueAsString(time)).isEqualTo("\"" + expected + "\"");
    }

    /** The forms that {@link Timestamps} reads in queries. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "2026-01-31T12:00:00Z",
                "2026-01-31T13:00:00+01:00",
                "2026-01-31T12:00:00+0000",
                "2026-01-31 13:00:00.000000+01:00",
                "2026-01-31 13:00:00 +0100 CET m=+0.012345"
            })
    void bodiesHaveTheTimesOfQueries(String text) {
        assertThat(Json.requestMapper().readValue("\"" + text + "\"", Instant.class))
                .isEqualTo(NOON);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1769860800", "1769860800.5", "\"1769860800\"", "\"2026-01-31\"", "\"\"", "true"})
    void allElseInABodyIsNoTime(String value) {
        assertThatExceptionOfType(MismatchedInputException.class)
                .isThrownBy(() -> Json.requestMapper().readValue(value, Instant.class));
    }

    @Test
    void whatIsWrittenIsReadBack() {
        Envelope<ExecStarted> answer =
                Envelope.of(NOON, "r1", new ExecStarted(true, "true", ExecStarted.MESSAGE, 1L << 40, "e1"));
        Page<VmSummary> page = new Page<>(List.of(new VmSummary(10000, "running", null)), null);

        assertThat(json.readValue(json.writeValueAsBytes(answer), new TypeReference<Envelope<ExecStarted>>() {}))
                .isEqualTo(answer);
        assertThat(json.readValue(json.writeValueAsBytes(page), new TypeReference<Page<VmSummary>>() {}))
                .isEqualTo(page);
    }

    @Test
    void unknownFieldsAreIgnored() {
        assertThat(json.readValue("{\"command\":\"true\",\"new\":{\"x\":[1]}}", ExecRequest.class))
                .isEqualTo(new ExecRequest("true"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{}",
                "[]",
                "null x",
                "{\"command\":null}",
                "{\"command\":5}",
                "{\"command\":1.5}",
                "{\"command\":true}",
                "{\"command\":[\"true\"]}",
                "{\"command\":{\"a\":1}}",
                "{\"command\":\"a\",\"command\":\"b\"}",
                "{\"command\":\"a\"} trailing",
                "{\"command\":\"a\"",
                "{'command':'a'}",
            })
    void aRequestThatIsNotWhatTheContractSaysIsRefused(String body) {
        assertThatExceptionOfType(JacksonException.class).isThrownBy(() -> json.readValue(body, ExecRequest.class));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"name\":\"ci\",\"scopes\":[5]}",
                "{\"name\":\"ci\",\"scopes\":[null]}",
                "{\"name\":\"ci\",\"scopes\":\"admin\"}",
                "{\"name\":\"ci\"}",
                "{\"name\":\"ci\",\"scopes\":[],\"vms\":[1.5]}",
                "{\"name\":\"ci\",\"scopes\":[],\"vms\":[\"1\"]}",
                "{\"name\":\"ci\",\"scopes\":[],\"expiresInDays\":\"1\"}",
                "{\"name\":\"ci\",\"scopes\":[],\"expiresInDays\":99999999999}",
            })
    void listsAndNumbersAreCheckedToo(String body) {
        assertThatExceptionOfType(JacksonException.class).isThrownBy(() -> json.readValue(body, CreateKey.class));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"success\":true,\"command\":\"x\",\"message\":\"m\"}", "{\"status\":\"running\"}"})
    void aMissingNumberIsNeverReadAsZero(String body) {
        Class<?> type = body.contains("status") ? VmSummary.class : ExecStarted.class;
        assertThatExceptionOfType(JacksonException.class).isThrownBy(() -> json.readValue(body, type));
    }

    @Test
    void deepNestingIsRefusedEvenInFieldsThatAreIgnored() {
        String deep = "{\"command\":\"true\",\"x\":" + "[".repeat(50) + "]".repeat(50) + "}";
        assertThatExceptionOfType(JacksonException.class).isThrownBy(() -> json.readValue(deep, ExecRequest.class));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"name\":hunter2 | ``",
                "{\"name\":5,\"scopes\":[]} | /name",
                "{\"scopes\":[]} | /name",
                "{\"name\":\"ci\"} | /scopes",
                "{\"name\":\"ci\",\"scopes\":[\"admin\",5]} | /scopes/1",
                "{\"name\":\"ci\",\"scopes\":[\"admin\",null]} | /scopes/1",
                "{\"name\":\"ci\",\"scopes\":[],\"expiresInDays\":\"hunter2\"} | /expiresInDays",
            })
    void aFailureIsLocatedWithoutQuotingTheInput(String body, String pointer) {
        assertThatExceptionOfType(JacksonException.class)
                .isThrownBy(() -> json.readValue(body, CreateKey.class))
                .satisfies(e -> assertThat(Json.pointer(e)).isEqualTo(pointer));
    }

    /** What is nested in them would take up to fifty times as much memory as it is long, whatever is said of it then. */
    @ParameterizedTest
    @ValueSource(strings = {"[", "{", "[\"x\"]", "{\"a\":1}", "[[[{"})
    void aParameterOfARequestHasNoValuesWithin(String value) {
        String body = "{\"savedCommand\":\"x\",\"parameters\":{\"p\":" + value;
        assertThatExceptionOfType(MismatchedInputException.class)
                .isThrownBy(() -> Json.requestMapper().readValue(body, CreateExecution.class))
                .satisfies(e -> assertThat(Json.pointer(e)).isEqualTo("/parameters/p"));
    }

    @Test
    void aParameterOfARequestIsATextANumberTrueOrFalse() {
        String body = "{\"savedCommand\":\"x\",\"parameters\":{\"a\":\"b\",\"c\":5,\"d\":true,\"e\":1.5}}";
        assertThat(Json.requestMapper().readValue(body, CreateExecution.class).parameters())
                .containsExactly(entry("a", "b"), entry("c", 5), entry("d", true), entry("e", 1.5));
    }

    @Test
    void aRequestHasSoManyValuesAtMost() {
        String words = "\"\",".repeat(Json.MAX_REQUEST_TOKENS);
        assertThatExceptionOfType(StreamConstraintsException.class)
                .isThrownBy(() -> Json.requestMapper().readValue("{\"argv\":[" + words, CreateExecution.class));
    }

    @Test
    void secretsCommandsAndOutputAreNotInToString() {
        String secret = "hunter2";
        assertThat(List.of(
                        new ExecRequest(secret),
                        new ExecStarted(true, secret, ExecStarted.MESSAGE, 1, null),
                        new ExecResult(
                                true, 1L, true, 0, null, secret, secret, null, "exited", null, false, NOON, NOON),
                        new ProcessEntry(1, secret, true, 0, NOON),
                        new CreatedKey(
                                "k1", secret, "ci", List.of("admin"), null, NOON, null, null, null, null, null, null)))
                .allSatisfy(record -> assertThat(record.toString()).doesNotContain(secret))
                .allSatisfy(
                        record -> assertThat(json.writeValueAsString(record)).contains(secret));
    }

    @Test
    void theErrorOfV1HasExactlyItsFiveFields() {
        assertThat(json.writeValueAsString(new ErrorBody("Not Found", "Cannot …", "NOT_FOUND", NOON, "r1")))
                .isEqualTo("{\"error\":\"Not Found\",\"message\":\"Cannot …\",\"code\":\"NOT_FOUND\","
                        + "\"timestamp\":\"2026-01-31T12:00:00.000Z\",\"requestId\":\"r1\"}");
    }
}

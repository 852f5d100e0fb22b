// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each fault in the fields of a new key is told by itself, with where it is, and without what was sent. */
class V2KeyFieldsTest {
    private static final String PATH = "/api/v2/keys";

    @TempDir
    private static Path folder;

    private static TestServer server;
    private static TestClient admin;

    @BeforeAll
    static void start() {
        server = TestServer.in(folder).start();
        admin = server.admin();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static String faults(TestAnswer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.code()).as(answer.text()).isEqualTo("invalid_field");
        return answer.json()
                .path("errors")
                .valueStream()
                .map(error -> error.path("pointer").stringValue() + " "
                        + error.path("code").stringValue())
                .collect(Collectors.joining(", "));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'scopes': ['admin']}                                   | /name required",
                "{'name': null, 'scopes': ['admin']}                     | /name wrong_type",
                "{'name': 'n', 'scopes': ['admin', 'admin', 'admin', 'admin', 'admin', 'admin', 'admin', 'admin', 'admin', 'admin', 'admin']} | /scopes out_of_range",
                "{'name': 'n'}                                           | /scopes required",
                "{'name': 5, 'scopes': ['admin']}                        | /name wrong_type",
                "{'name': 'n', 'scopes': 'admin'}                        | /scopes wrong_type",
                "{'name': 'n', 'scopes': {}}                             | /scopes wrong_type",
                "{'name': 'n', 'scopes': ['admin', 5]}                   | /scopes/1 wrong_type",
                "{'name': 'n', 'scopes': ['admin', null]}                | /scopes/1 wrong_type",
                "{'name': 'n', 'scopes': ['admin'], 'vms': ['1']}        | /vms/0 wrong_type",
                "{'name': 'n', 'scopes': ['admin'], 'vms': [1, null]}    | /vms/1 wrong_type",
                "{'name': 'n', 'scopes': ['admin'], 'vms': [1.5]}        | /vms/0 wrong_type",
                "{'name': 'n', 'scopes': ['admin'], 'vms': 1}            | /vms wrong_type",
                "{'name': 'n', 'scopes': ['admin'], 'vms': [9223372036854775808]} | /vms/0 wrong_type",
                "{'name': 'n', 'scopes': ['admin'], 'expiresInDays': '1'} | /expiresInDays wrong_type",
                "{'name': 'n', 'scopes': ['admin'], 'expiresInDays': 1.0} | /expiresInDays wrong_type",
                "{'name': 'n', 'scopes': ['admin'], 'expiresInDays': 99999999999} | /expiresInDays wrong_type",
                "{'name': '', 'scopes': ['admin']}                       | /name out_of_range",
                "{'name': '  ', 'scopes': ['admin']}                     | /name out_of_range",
                "{'name': 'a\\nb', 'scopes': ['admin']}                  | /name out_of_range",
                "{'name': 'a\\ud83eb', 'scopes': ['admin']}              | /name out_of_range",
                "{'name': 'n', 'scopes': []}                             | /scopes out_of_range",
                "{'name': 'n', 'scopes': ['Admin', 'read:vm', 'root']}   | /scopes/0 unknown_value, /scopes/2 unknown_value",
                "{'name': 'n', 'scopes': ['read:vm'], 'vms': []}         | /vms out_of_range",
                "{'name': 'n', 'scopes': ['read:vm'], 'vms': [1, 0, -5]} | /vms/1 out_of_range, /vms/2 out_of_range",
                "{'name': 'n', 'scopes': ['admin'], 'vms': [1]}          | /vms unknown_field",
                "{'name': 'n', 'scopes': ['read:vm', 'admin'], 'vms': [1]} | /vms unknown_field",
                "{'name': 'n', 'scopes': ['read:vm'], 'vm': [1]}         | /vm unknown_field",
                "{'name': 'n', 'scopes': ['read:vm'], 'expireInDays': 1} | /expireInDays unknown_field",
                "{'name': 'n', 'scopes': ['admin'], 'expiresInDays': 0}  | /expiresInDays out_of_range",
                "{'name': 'n', 'scopes': ['admin'], 'expiresInDays': 3651} | /expiresInDays out_of_range",
                "{'name': 'n', 'scopes': ['read:vm'], 'networks': []}    | /networks out_of_range",
                "{'name': 'n', 'scopes': ['read:vm'], 'networks': '::1'} | /networks wrong_type",
                "{'name': 'n', 'scopes': ['read:vm'], 'networks': ['::1', '10.0.0.1/8', 'here']} | /networks/1 malformed, /networks/2 malformed",
                "{'name': '', 'scopes': ['x'], 'vms': [0]}               | /name out_of_range, /scopes/0 unknown_value, /vms/0 out_of_range"
            })
    void faultsAreToldByField(String body, String expected) {
        assertThat(faults(admin.post(PATH, body.replace('\'', '"')))).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "[]", "{\"name\": \"a\", \"name\": \"b\", \"scopes\": [\"admin\"]}", "{"})
    void whatIsNoObjectIsMalformed(String body) {
        TestAnswer answer = admin.post(PATH, body);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.code()).isEqualTo("malformed_json");
        assertThat(answer.json().has("errors")).isFalse();
    }

    @Test
    void namesAreMeasuredInCharacters() {
        assertThat(named("n".repeat(100)).status()).isEqualTo(201);
        assertThat(named("🦊".repeat(100)).status()).isEqualTo(201);
        assertThat(faults(named("n".repeat(101)))).isEqualTo("/name out_of_range");
        assertThat(faults(named("🦊".repeat(101)))).isEqualTo("/name out_of_range");
    }

    private static TestAnswer named(String name) {
        return admin.post(PATH, "{\"name\": \"" + name + "\", \"scopes\": [\"read:vm\"]}");
    }

    @Test
    void aKeyMaySeeAsManyVmsAsTheDocumentSays() {
        assertThat(seeing(1000).status()).isEqualTo(201);
        assertThat(faults(seeing(1001))).isEqualTo("/vms out_of_range");
    }

    /** The longest there are, which still fit into a body. */
    private static TestAnswer seeing(int vms) {
        return admin.post(
                PATH,
                LongStream.range(0, vms)
                        .mapToObj(i -> Long.toString(Long.MAX_VALUE - i))
                        .collect(Collectors.joining(", ", "{\"name\":\"n\",\"scopes\":[\"read:vm\"],\"vms\":[", "]}")));
    }

    @Test
    void faultsDoNotQuoteWhatWasSent() {
        String mark = "MARK-9f2c";
        TestAnswer answer =
                admin.post(PATH, "{\"name\": \"" + mark + "\", \"scopes\": [\"" + mark + "\"], \"expiresInDays\": 0}");

        assertThat(answer.text()).doesNotContain(mark);
        assertThat(admin.post(PATH, "{\"name\": " + mark + "}").text()).doesNotContain(mark);
        assertThat(admin.post(PATH, "{\"name\": {\"" + mark + "\": 1}}").text()).doesNotContain(mark);
    }
}

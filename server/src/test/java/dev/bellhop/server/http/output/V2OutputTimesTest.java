// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.output;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.Json;
import dev.bellhop.server.app.SettableClock;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.execution.engine.ExecutionLimits;
import dev.bellhop.server.execution.engine.ExecutionSettings;
import dev.bellhop.server.execution.guest.GuestSettings;
import dev.bellhop.server.http.client.EventReader;
import dev.bellhop.server.http.client.EventReader.Event;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Output with the time at which the server read it, and from a time on. */
@Timeout(120)
@Tag("real")
class V2OutputTimesTest {
    @TempDir
    private Path folder;

    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        server = TestServer.in(folder).realAgent(1).start();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private String run(Map<String, Object> wanted) {
        TestAnswer answer =
                server.admin().post("/api/v2/vps/1/executions", Json.mapper().writeValueAsString(wanted));
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        return answer.json().path("id").asString();
    }

    /** Two pieces of stdout, the second of which the server reads later, and a third that is not written yet. */
    private String runInPieces(String first, String second) throws Exception {
        return runInPieces(Map.of(), first, second);
    }

    private String runInPieces(Map<String, Object> more, String first, String second) throws Exception {
        Map<String, Object> wanted = new HashMap<>(more);
        wanted.put("command", first + "; " + until("one") + second + "; " + until("two") + "echo last");
        String id = run(wanted);
        long bytes = awaitMoreThan(id, 0);
        Files.createFile(folder.resolve("one"));
        awaitMoreThan(id, bytes);
        return id;
    }

    private String until(String file) {
        return "while [ ! -e " + folder.resolve(file) + " ]; do sleep 0.02; done; ";
    }

    private long awaitMoreThan(String id, long bytes) {
        return Awaitility.await().until(() -> stdoutBytes(id), now -> now > bytes);
    }

    private long stdoutBytes(String id) {
        return server.admin()
                .get("/api/v2/executions/" + id)
                .json()
                .path("stdoutBytes")
                .asLong();
    }

    private List<Event> events(String id, String query) throws Exception {
        String path = "/api/v2/executions/" + id + "/events?" + query;
        List<Event> events = new ArrayList<>();
        try (EventReader reader = EventReader.open(server.uri(), path, server.adminKey(), null)) {
            for (Event event = reader.next(); event != null; event = reader.next()) {
                events.add(event);
            }
        }
        return events;
    }

    private static List<String> texts(List<Event> events) {
        return events.stream()
                .filter(event -> event.name().equals("output"))
                .map(event -> event.data().path("text").asString())
                .toList();
    }

    private static Instant readAt(Event event) {
        return Instant.parse(event.data().path("readAt").asString());
    }

    @Test
    void whatWasReadAtOneTimeComesWithThatTime() throws Exception {
        Instant begun = Instant.now().minusMillis(1);
        String id = runInPieces("echo first", "echo second");
        Files.createFile(folder.resolve("two"));
        List<Event> events = events(id, "times=true");

        assertThat(texts(events)).containsExactly("first\n", "second\n", "last\n");
        List<Instant> times = events.stream()
                .filter(event -> event.name().equals("output"))
                .map(V2OutputTimesTest::readAt)
                .toList();
        assertThat(times).isSorted().first().isNotNull();
        assertThat(times.getFirst()).isBetween(begun, times.get(1).minusMillis(1));
        assertThat(times.getLast()).isBetween(times.get(1), Instant.now());

        // It stays so, and who does not ask for it gets what was always there, in as few events as may be.
        server.restart();
        assertThat(events(id, "times=true").stream()
                        .filter(event -> event.name().equals("output"))
                        .map(V2OutputTimesTest::readAt))
                .isEqualTo(times);
        List<Event> plain = events(id, "raw=false");
        assertThat(texts(plain)).containsExactly("first\nsecond\nlast\n");
        assertThat(plain).noneMatch(event -> event.data().has("readAt"));
    }

    @Test
    void aReaderMayBeginWithATime() throws Exception {
        String id = runInPieces("echo first", "echo second");
        Files.createFile(folder.resolve("two"));
        List<Event> all = events(id, "times=true").stream()
                .filter(event -> event.name().equals("output"))
                .toList();

        assertThat(texts(events(id, "since=" + readAt(all.get(1))))).containsExactly("second\nlast\n");
        assertThat(texts(events(id, "times=true&since=" + readAt(all.get(0)).plusMillis(1))))
                .containsExactly("second\n", "last\n");
        assertThat(texts(events(id, "since=2020-01-01T00:00:00Z"))).containsExactly("first\nsecond\nlast\n");
        List<Event> none = events(id, "since=" + Instant.now().plusSeconds(60));
        assertThat(none).hasSize(1);
        assertThat(none.getFirst().state()).isEqualTo("exited");
        assertThat(none.getFirst().id()).isEqualTo(stdoutBytes(id) + "-0-2");
    }

    /** Beyond what is kept, it is passed on unstored. */
    @Test
    void outputThatIsNotKeptHasTheTimeOfTheSameClock() throws Exception {
        Instant noon = Instant.parse("2026-01-31T12:00:00Z");
        Path other = Files.createDirectory(folder.resolve("b"));
        GuestSettings keepsThreeBytes =
                new GuestSettings(true, other.resolve("spool").toString(), 3);
        server.close();
        server = TestServer.in(other)
                .realAgent(1)
                .clock(new SettableClock(noon))
                .executions(new ExecutionSettings(keepsThreeBytes, ExecutionLimits.defaults()))
                .start();
        String id = run(Map.of("command", "echo first; " + until("one") + "echo second"));
        List<Event> output = new ArrayList<>();
        try (EventReader reader = EventReader.open(
                server.uri(), "/api/v2/executions/" + id + "/events?times=true", server.adminKey(), null)) {
            for (Event event = reader.next(); event != null; event = reader.next()) {
                if (event.name().equals("output")) {
                    output.add(event);
                    Files.write(folder.resolve("one"), new byte[0]);
                }
            }
        }

        assertThat(String.join("", texts(output))).isEqualTo("first\nsecond\n");
        assertThat(output).extracting(V2OutputTimesTest::readAt).containsOnly(noon);
    }

    @Test
    void aTimeIsNoPlaceBesideAnother() {
        String id = run(Map.of("command", "true"));
        String path = "/api/v2/executions/" + id + "/events?since=";

        for (String wrong : List.of("2026-01-31T09:30:00Z&from=start", "2026-01-31T09:30:00Z&from=now", "now", "")) {
            TestAnswer refused = server.admin().get(path + wrong);
            assertThat(refused.status()).as(wrong).isEqualTo(400);
            assertThat(refused.json().path("errors").path(0).path("parameter").asString())
                    .isEqualTo("since");
        }
    }

    @Test
    void whoDoesNotFollowGetsWhatThereIs() throws Exception {
        String id = runInPieces("echo first", "echo second");

        List<Event> now = events(id, "follow=false&times=true");
        assertThat(texts(now)).containsExactly("first\n", "second\n");
        assertThat(now.getLast().state()).isEqualTo("running");
        assertThat(now.getLast().id()).isEqualTo("13-0-1");
        Files.createFile(folder.resolve("two"));
        assertThat(texts(events(id, "follow=true"))).isNotEmpty();
        assertThat(events(id, "follow=false").getLast().state()).isEqualTo("exited");
    }

    /** Its bytes are no text alone. */
    @Test
    void aCharacterThatWasReadInPartsComesWithItsFirstByte() throws Exception {
        String id = runInPieces("printf 'a\\342'", "printf '\\202\\254b'");
        List<Event> events = events(id, "times=true&follow=false");

        assertThat(texts(events)).containsExactly("a", "\u20ac", "b");
        assertThat(readAt(events.get(0))).isEqualTo(readAt(events.get(1))).isBefore(readAt(events.get(2)));
    }

    @Test
    void aSecretThatWasReadInPartsIsMasked() throws Exception {
        Map<String, Object> secret = Map.of("secretEnv", Map.of("TOKEN", "hunter2hunter2"));
        String id = runInPieces(
                secret, "echo \"begin $TOKEN\"; printf '%s' \"${TOKEN%hunter2}\"", "echo \"${TOKEN#hunter2}\"");
        Files.createFile(folder.resolve("two"));

        String plain = String.join("", texts(events(id, "raw=false")));
        assertThat(plain).doesNotContain("hunter2").contains("begin *");
        assertThat(String.join("", texts(events(id, "times=true")))).isEqualTo(plain);
        Instant first = readAt(events(id, "times=true&follow=false").getFirst());
        Instant second = events(id, "times=true").stream()
                .filter(event -> event.name().equals("output"))
                .map(V2OutputTimesTest::readAt)
                .filter(time -> !time.equals(first))
                .findFirst()
                .orElseThrow();
        assertThat(String.join("", texts(events(id, "since=" + second)))).doesNotContain("hunter2");
    }
}

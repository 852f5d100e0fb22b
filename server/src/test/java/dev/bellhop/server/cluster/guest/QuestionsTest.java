// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.qga.TrimmedFileSystem;
import dev.bellhop.server.clock.ClockChange;
import dev.bellhop.server.clock.ClockSource;
import dev.bellhop.server.clock.SetClock;
import dev.bellhop.server.cluster.WireCodec;
import dev.bellhop.server.cluster.WireFormatException;
import dev.bellhop.server.doctor.Check;
import dev.bellhop.server.doctor.Checkup;
import dev.bellhop.server.doctor.Examine;
import dev.bellhop.server.guest.maintenance.FileSystemQuestions.FindFreeze;
import dev.bellhop.server.guest.maintenance.FileSystemQuestions.Freeze;
import dev.bellhop.server.guest.maintenance.FileSystemQuestions.Thaw;
import dev.bellhop.server.guest.maintenance.FileSystemQuestions.Thawed;
import dev.bellhop.server.guest.maintenance.FileSystemQuestions.Trim;
import dev.bellhop.server.guest.maintenance.FileSystemQuestions.Trimmed;
import dev.bellhop.server.guest.maintenance.FreezeStatus;
import dev.bellhop.server.guest.maintenance.FrozenFileSystems;
import dev.bellhop.server.guest.question.Question;
import dev.bellhop.server.guest.question.QuestionKind;
import dev.bellhop.server.guest.question.QuestionKind.Done;
import dev.bellhop.server.login.AuthorizedKey;
import dev.bellhop.server.login.AuthorizedKeys;
import dev.bellhop.server.login.LoginQuestions.AddKey;
import dev.bellhop.server.login.LoginQuestions.ListKeys;
import dev.bellhop.server.login.LoginQuestions.RemoveKey;
import dev.bellhop.server.login.LoginQuestions.RemovedKey;
import dev.bellhop.server.login.LoginQuestions.SetPassword;
import dev.bellhop.server.sshkey.PublicKey;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** An API server asks, the node of the VM answers, and both read what servers of the release before have sent. */
@Timeout(60)
@Tag("cluster")
class QuestionsTest {
    private static final Instant NOW = Instant.parse("2026-02-01T09:30:00.750Z");
    private static final PublicKey KEY = PublicKey.parse(
                    "ssh-ed25519" + " AAAAC3NzaC1lZDI1NTE5AAAAIBERERERERERERERERERERERERERERERERERERERERER me@host")
            .orElseThrow();
    private static final AuthorizedKey ADDED = new AuthorizedKey(KEY.fingerprint(), "ssh-ed25519", null, NOW);

    record Row(Question<?> question, Record answer) {
        private static <A extends Record> Row of(Question<A> question, A answer) {
            return new Row(question, answer);
        }

        @Override
        public String toString() {
            return question.kind().name();
        }
    }

    static Stream<Row> rows() {
        return Stream.of(
                Row.of(new FindFreeze(), new FreezeStatus(true, NOW)),
                Row.of(new FindFreeze(), new FreezeStatus(false, null)),
                Row.of(new Freeze(Duration.ofSeconds(9), List.of("/", "/srv")), new FrozenFileSystems(3, NOW)),
                Row.of(new Thaw(), new Thawed(2)),
                Row.of(
                        new Trim(4096),
                        new Trimmed(
                                List.of(
                                        new TrimmedFileSystem("/", 17L, null),
                                        new TrimmedFileSystem("/srv", null, "it cannot")),
                                true)),
                Row.of(new SetPassword("root", "sécret", false), new Done()),
                Row.of(new ListKeys("root"), new AuthorizedKeys(List.of(ADDED), true)),
                Row.of(new AddKey("root", KEY, NOW), ADDED),
                Row.of(new AddKey("root", KEY, null), ADDED),
                Row.of(new RemoveKey("root", KEY.fingerprint()), new RemovedKey(true)),
                Row.of(new SetClock(ClockSource.HOST), new ClockChange(Duration.ofMillis(-1500), null, true)),
                Row.of(new SetClock(ClockSource.HARDWARE), new ClockChange(null, null, null)),
                Row.of(
                        new Examine(),
                        new Checkup(
                                List.of(
                                        Check.of("agent", Check.Status.OK, "It answers.", null),
                                        new Check(
                                                "spool",
                                                Check.Status.WARNING,
                                                "It is full.",
                                                "Make room.",
                                                "/dev/vda is")),
                                NOW)));
    }

    @ParameterizedTest
    @MethodSource("rows")
    void nodeGetsTheQuestionAndItsAnswerComesBack(Row row) {
        OneNodesGuests cluster = new OneNodesGuests();
        cluster.work = call -> row.answer;

        Record answer = cluster.guests.ask(OneNodesGuests.VM, row.question);

        assertThat(answer).isEqualTo(row.answer);
        assertThat(cluster.asked)
                .containsExactly(
                        new OneNodesGuests.Asked(row.question.kind().name(), List.of(OneNodesGuests.VM, row.question)));
    }

    /** The file has a line for each row: the kind, its effect and timeout in seconds, the question and the answer. */
    @Test
    void formOnTheWireIsThatOfTheReleaseBefore() throws Exception {
        Iterator<String> recorded = recorded().lines().iterator();
        rows().forEach(row -> {
            String[] line = recorded.next().split(" ");
            QuestionKind<?, ?> kind = row.question.kind();
            assertThat(List.of(
                            kind.name(),
                            kind.effect().name(),
                            Long.toString(kind.longest().toSeconds())))
                    .containsExactly(line[0], line[1], line[2]);
            assertForm((Record) row.question, line[3]);
            assertForm(row.answer, line[4]);
        });
        assertThat(recorded).isExhausted();
    }

    private static void assertForm(Record message, String hex) {
        assertThat(HexFormat.of().formatHex(WireCodec.encode(message))).isEqualTo(hex);
        assertThat(WireCodec.decode(HexFormat.of().parseHex(hex), message.getClass()))
                .isEqualTo(message);
    }

    record Source(@Nullable String source, String later) {}

    record Lease(@Nullable Duration lease, List<String> mountPoints) {}

    record Key(String user, @Nullable String key) {}

    record Finding(String id, @Nullable String status, String found) {}

    record Findings(List<@Nullable Finding> checks, Instant at) {}

    static Stream<Arguments> impossible() {
        return Stream.of(
                Arguments.of(new Source("moon", ""), SetClock.class),
                Arguments.of(new Source(null, ""), SetClock.class),
                Arguments.of(new Lease(Duration.ZERO, List.of()), Freeze.class),
                Arguments.of(new Lease(Duration.ofSeconds(601), List.of()), Freeze.class),
                Arguments.of(new Lease(null, List.of()), Freeze.class),
                Arguments.of(new Key("root", "ssh-rsa nonsense"), AddKey.class),
                Arguments.of(new Key("root", null), AddKey.class),
                Arguments.of(new Findings(List.of(new Finding("a", "odd", "x")), NOW), Checkup.class),
                Arguments.of(new Findings(List.of(new Finding("a", null, "x")), NOW), Checkup.class),
                Arguments.of(new Findings(Collections.singletonList(null), NOW), Checkup.class));
    }

    @ParameterizedTest
    @MethodSource("impossible")
    void messageWithImpossibleContentIsRefused(Record message, Class<? extends Record> type) {
        byte[] bytes = WireCodec.encode(message);
        assertThatThrownBy(() -> WireCodec.decode(bytes, type)).isInstanceOf(WireFormatException.class);
    }

    @Test
    void unknownFieldsAreIgnoredAndLongCheckupsAreCut() {
        assertThat(WireCodec.decode(WireCodec.encode(new Source("host", "new")), SetClock.class))
                .isEqualTo(new SetClock(ClockSource.HOST));
        Findings many = new Findings(Collections.nCopies(201, new Finding("a", "failed", "x")), NOW);
        assertThat(WireCodec.decode(WireCodec.encode(many), Checkup.class).checks())
                .hasSize(200);
    }

    private static String recorded() throws Exception {
        try (InputStream in =
                Objects.requireNonNull(QuestionsTest.class.getResourceAsStream("/wire/recorded-questions.txt"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("cluster")
class SubjectsTest {
    private static final NodeId NODE = new NodeId("host-7");

    @ParameterizedTest
    @ValueSource(strings = {"", "-a", "a-", "A", "API", "a.b", "a*", ">", "a b", "a\n", "é"})
    void aNameThatIsNoSafeTokenIsNoNode(String text) {
        assertThat(NodeId.parse(text)).isEmpty();
        assertThatThrownBy(() -> new NodeId(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aNameHasAtMost63Characters() {
        assertThat(NodeId.parse("n".repeat(63))).isPresent();
        assertThat(NodeId.parse("n".repeat(64))).isEmpty();
    }

    @Test
    void subjectsTellNodeAndKind() {
        assertThat(Subjects.order(NODE, 1, "start")).isEqualTo("bh.1.n.host-7.1.start");
        assertThat(Subjects.hint(NODE, "reader")).isEqualTo("bh.1.n.host-7.reader");
        assertThat(Subjects.kind("bh.1.n.host-7.1.start")).isEqualTo("start");
        assertThat(Subjects.request(NODE, "hello")).isEqualTo("bh.1.s.host-7.hello");
        assertThat(Subjects.node("bh.1.n.host-7.1.start")).contains(NODE);
        assertThat(Subjects.node("bh.1.s.host-7.hello")).contains(NODE);
        assertThat(Subjects.kind("bh.1.s.host-7.hello")).isEqualTo("hello");
        assertThat(Subjects.kind(Subjects.executionHint("exec_1"))).isEqualTo("exec_1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"bh.1.e.host-7", "bh.1.s.host-7", "bh.2.s.host-7.hello", "bh.1.s.*.hello", "bh.1.s..hello"})
    void otherSubjectsHaveNoNode(String subject) {
        assertThat(Subjects.node(subject)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a.b", "*", ">", "a b"})
    void aKindIsOneSafeToken(String kind) {
        assertThatThrownBy(() -> Subjects.order(NODE, 1, kind)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aNodeIsAnsweredToItsOwnInboxAlone() {
        String request = Subjects.request(NODE, "hello");

        assertThat(ReplyRule.allows(request, "_INBOX.host-7.abc.1")).isTrue();
        assertThat(ReplyRule.allows(request, "bh.1.n.other.cancel")).isFalse();
        assertThat(ReplyRule.allows(request, "bh.1.n.host-7.cancel")).isFalse();
        assertThat(ReplyRule.allows(request, "_INBOX.host-70.abc.1")).isFalse();
        assertThat(ReplyRule.allows(request, "_INBOX.host-7")).isFalse();
        assertThat(ReplyRule.allows(request, "_INBOX.host-7.*")).isFalse();
        assertThat(ReplyRule.allows(request, "_INBOX.host-7.>")).isFalse();
        assertThat(ReplyRule.allows(request, "_INBOX.API.abc.1")).isFalse();
        assertThat(ReplyRule.allows(request, null)).isFalse();
        assertThat(ReplyRule.allows("bh.1.s.BAD.hello", "_INBOX.BAD.1")).isFalse();
    }

    @Test
    void anOrderIsAnsweredToAnApiServerAlone() {
        String order = Subjects.order(NODE, 1, "start");

        assertThat(ReplyRule.allows(order, "_INBOX.API.abc.1")).isTrue();
        assertThat(ReplyRule.allows(order, "_INBOX.host-7.abc.1")).isFalse();
        assertThat(ReplyRule.allows(order, "bh.1.s.host-7.update")).isFalse();
    }
}

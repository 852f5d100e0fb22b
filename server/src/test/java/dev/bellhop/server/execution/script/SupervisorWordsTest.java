// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.qga.ExecStatus;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.ExitStatus;
import dev.bellhop.server.execution.script.Inspection.Claim;
import dev.bellhop.server.execution.script.Inspection.Living;
import dev.bellhop.server.execution.script.SupervisorReply.Ended;
import dev.bellhop.server.execution.script.SupervisorReply.Foreign;
import dev.bellhop.server.execution.script.SupervisorReply.NoSpool;
import dev.bellhop.server.execution.script.SupervisorReply.Silent;
import dev.bellhop.server.execution.script.SupervisorReply.Taken;
import dev.bellhop.server.failure.BellhopException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What guests say, hostile ones too, and what is asked of them. */
class SupervisorWordsTest {
    private static final ExecutionId ID =
            ExecutionId.parse("01890000-0000-7000-8000-0000000000aa").orElseThrow();
    private static final UUID BOOT = UUID.fromString("4a5e1e4b-aaaa-4bbb-8ccc-1234567890ab");
    private static final Spool SPOOL = new Spool("/spool", 10);

    @Test
    void aReplyIsTakenApart() {
        Ended ended = (Ended) reply("out", "oopsbellhop ID exited 143 1 1\n");
        assertThat(ended.end()).isEqualTo(new CommandEnd(ExecutionState.EXITED, new ExitStatus(143, 15)));
        assertThat(ended.stdout().bytes()).asString().isEqualTo("out");
        assertThat(ended.stdout().whole()).isTrue();
        assertThat(ended.stderr().bytes()).asString().isEqualTo("oops");
        Ended missing = (Ended) SupervisorReply.parse(
                new ExecStatus(
                        true,
                        127,
                        null,
                        bytes("part"),
                        words("0123456789bellhop ID timed_out 255 1 1\n"),
                        false,
                        false),
                ID,
                SPOOL);
        assertThat(missing.end()).isEqualTo(new CommandEnd(ExecutionState.TIMED_OUT, new ExitStatus(255, null)));
        assertThat(missing.stdout().bytes()).isNull();
        assertThat(missing.stdout().whole()).isFalse();
        assertThat(missing.stderr().whole()).isFalse();
        assertThat(ended.boot()).isNull();
        assertThat(((Ended) reply("", "bellhop ID exited 0 0 0 " + BOOT + "\n")).boot())
                .isEqualTo(BOOT);
        Ended noHead = (Ended) reply("", "bellhop ID exited 0 0 x\n");
        assertThat(noHead.stderr().bytes()).isNull();
        assertThat(noHead.stdout().bytes()).isEmpty();
        assertThat(reply("", "bellhop ID taken 77\n")).isEqualTo(new Taken(77L, false));
        assertThat(reply("", "bellhop ID taken void\n")).isEqualTo(new Taken(null, true));
        assertThat(reply("", "bellhop ID taken ?\n")).isEqualTo(new Taken(null, false));
        assertThat(reply("", "bellhop ID nospool\n")).isEqualTo(new NoSpool());
        assertThat(reply("", "bellhop \nbellhop ID exited 0 0 1\n")).isInstanceOf(Ended.class);
    }

    @Test
    void aReplyOfAnotherExecutionIsForeign() {
        assertThat(reply("", "bellhop 01890000-0000-7000-8000-0000000000ab exited 0 0 0\n"))
                .isEqualTo(new Foreign());
        assertThat(reply("", "bellhop 01890000-0000-7000-8000-0000000000ab taken 3\n"))
                .isEqualTo(new Foreign());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "bellhop ",
                "bellhop ID\n",
                "bellhop ID exited 0 0 0",
                "bellhop ID exited 0 0 0\n\n",
                "bellhop ID exited 0 0 0\nmore",
                "bellhop ID exited 256 0 0\n",
                "bellhop ID exited 999999999999 0 0\n",
                "bellhop ID exited -1 0 0\n",
                "bellhop ID exited 007 0 0\n",
                "bellhop ID exited  0 0 0\n",
                "bellhop ID running 0 0 0\n",
                "bellhop ID exited 0 1 0\n",
                "xbellhop ID exited 0 0 0\n",
                "bellhop ID exited 0 0 1\n",
                "0123456789abellhop ID exited 0 0 1\n",
                "bellhop ID exited 0 2 0\n",
                "bellhop ID exited 0 x 0\n",
                "bellhop ID taken 0\n",
                "bellhop ID taken 99999999999\n",
                "bellhop ID taken -5\n",
                "bellhop ID nospool \n",
                "bellhop ID nospool\r\n",
                "bellhop ID exited \u0661 0 0\n",
                "BELLHOP ID exited 0 0 0\n",
                "bellhop ID exited 0 0 0 \n",
                "bellhop ID exited 0 0 0 4a5e1e4b\n",
            })
    void whatIsNoReplyIsSilence(String stderr) {
        assertThat(reply("", stderr)).isEqualTo(new Silent());
    }

    @Test
    void moreOutputThanAHeadIsSilence() {
        assertThat(reply("01234567890", "bellhop ID exited 0 1 0\n")).isEqualTo(new Silent());
        assertThat(reply("0123456789", "bellhop ID exited 0 1 0\n")).isInstanceOf(Ended.class);
        assertThat(reply("x", "bellhop ID exited 0 0 0\n")).isEqualTo(new Silent());
    }

    @Test
    void anInspectionIsTakenApart() {
        assertThat(Inspection.parse(words("bellhop ID inspect none - - BOOT none - none no - -\n"), ID))
                .contains(new Inspection(new Claim.Nobody(), BOOT, null, null, Living.NO, null, null));
        assertThat(Inspection.parse(
                        words("bellhop ID inspect run 12 BOOT BOOT timed_out 9 timed_out group 0 77\n"), ID))
                .contains(new Inspection(
                        new Claim.Run(12, BOOT),
                        BOOT,
                        new CommandEnd(ExecutionState.TIMED_OUT, new ExitStatus(9, null)),
                        ExecutionState.TIMED_OUT,
                        Living.GROUP,
                        0L,
                        77L));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "bellhop ID inspect none - - BOOT none - none no - -",
                "bellhop ID inspect none - - BOOT none - none no - -\n\n",
                "bellhop 01890000-0000-7000-8000-0000000000ab inspect none - - BOOT none - none no - -\n",
                "bellhop ID inspect none 1 - BOOT none - none no - -\n",
                "bellhop ID inspect run - BOOT BOOT none - none no - -\n",
                "bellhop ID inspect run 0 BOOT BOOT none - none no - -\n",
                "bellhop ID inspect run 12345678901 BOOT BOOT none - none no - -\n",
                "bellhop ID inspect run 1 boot BOOT none - none no - -\n",
                "bellhop ID inspect none - - unknown none - none no - -\n",
                "bellhop ID inspect none - - BOOT exited - none no - -\n",
                "bellhop ID inspect none - - BOOT exited 256 none no - -\n",
                "bellhop ID inspect none - - BOOT none - exited no - -\n",
                "bellhop ID inspect none - - BOOT none - none yes - -\n",
                "bellhop ID inspect none - - BOOT none - none no -1 -\n",
                "bellhop ID inspect none - - BOOT none - none no 9999999999999999999 -\n",
            })
    void whatIsNoInspectionIsNone(String stdout) {
        assertThat(Inspection.parse(words(stdout), ID)).isEmpty();
    }

    @Test
    void anOutcomeIsOfThisActionOnThisExecution() {
        assertThat(GroupAction.CANCEL.parse(words("bellhop ID cancel gone\n"), ID))
                .contains(GroupAction.Outcome.GONE);
        assertThat(GroupAction.SIGNAL.parse(words("bellhop ID cancel gone\n"), ID))
                .isEmpty();
        assertThat(GroupAction.CANCEL.parse(words("bellhop ID cancel gone"), ID))
                .isEmpty();
        assertThat(GroupAction.CANCEL.parse(words("bellhop ID cancel well\n"), ID))
                .isEmpty();
        assertThat(GroupAction.CANCEL.parse(new byte[1 << 20], ID)).isEmpty();
        assertThat(GroupAction.CANCEL.parse(words("bellhop 01890000-0000-7000-8000-0000000000ab cancel gone\n"), ID))
                .isEmpty();
    }

    @Test
    void everyFieldAtFaultIsNamed() {
        String unsendable = "a\0b";
        assertFaults(() -> GuestCommand.shell(unsendable), "/command");
        assertFaults(() -> GuestCommand.shell("x".repeat(131_072)), "/command");
        assertFaults(() -> TestCommand.shell("x").withShell("-c").get(), "/shell");
        assertFaults(() -> TestCommand.argv().get(), "/argv");
        assertFaults(() -> TestCommand.argv("").get(), "/argv");
        assertFaults(() -> TestCommand.argv("a", "b", unsendable).get(), "/argv/2");
        GuestCommand fine = GuestCommand.shell("x");
        assertFaults(() -> TestCommand.of(fine).withEnv(Map.of("a b", "")).get(), "/env");
        assertFaults(() -> TestCommand.of(fine).withEnv(Map.of("", "")).get(), "/env");
        assertFaults(() -> TestCommand.of(fine).withEnv(Map.of("A", unsendable)).get(), "/env");
        assertFaults(() -> TestCommand.of(fine).withCwd("").get(), "/cwd");
        for (String user : List.of("", "1000", "-u", "a b", "$(id)", "a'b", "~", "a/b")) {
            assertFaults(() -> TestCommand.of(fine).withUser(user).get(), "/user");
        }
        assertFaults(
                () -> TestCommand.of(fine)
                        .withTimeout(Duration.ZERO, Duration.ZERO)
                        .get(),
                "/timeoutSeconds");
        assertFaults(
                () -> TestCommand.of(fine)
                        .withTimeout(Duration.ofSeconds(1), Duration.ofSeconds(-1))
                        .get(),
                "/graceSeconds");
    }

    @Test
    void nothingOfACommandIsInWhatIsLogged() {
        GuestCommand command = TestCommand.shell("SECRET")
                .withEnv(Map.of("SECRET", "SECRET"))
                .withCwd("/SECRET")
                .withStdin(bytes("SECRET"))
                .get();
        assertThat(command.toString()).doesNotContain("SECRET");
        assertThat(TestCommand.argv("SECRET").get().toString()).doesNotContain("SECRET");
        assertThat(CommandScript.of(command, "/bin/sh").toString()).doesNotContain("SECRET");
        assertThat(reply("SECRET", "SECRETbellhop ID exited 0 1 1\n").toString())
                .doesNotContain("SECRET");
    }

    private static void assertFaults(Runnable making, String pointer) {
        assertThatThrownBy(making::run)
                .isInstanceOfSatisfying(
                        BellhopException.class,
                        e -> assertThat(e.faults())
                                .anySatisfy(f -> assertThat(f.pointer()).isEqualTo(pointer)));
    }

    private static SupervisorReply reply(String stdout, String stderr) {
        return SupervisorReply.parse(
                new ExecStatus(true, 0, null, bytes(stdout), words(stderr), false, false), ID, SPOOL);
    }

    private static byte[] words(String text) {
        return bytes(text.replace("ID", ID.toString()).replace("BOOT", BOOT.toString()));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.store;

import static dev.bellhop.server.execution.TestExecutions.exited;
import static dev.bellhop.server.execution.TestExecutions.pending;
import static dev.bellhop.server.execution.TestExecutions.started;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.execution.CommandLine;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExitStatus;
import dev.bellhop.server.execution.LoginSession;
import dev.bellhop.server.execution.OutputSize;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.store.ExecutionJournal.Unfinished;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A command is kept as a whole, and what it takes to start it for as long as that is needed. */
interface StoredCommandContract extends ExecutionStoreScene {
    @Test
    default void ofALongCommandAnExecutionHasTheBeginning() throws Exception {
        CommandLine script = new CommandLine.Script("\u0001🦊".repeat(30_000), "bash");
        CommandLine words = new CommandLine.Argv(Collections.nCopies(1000, "x".repeat(200)));
        for (CommandLine command : List.of(script, words)) {
            Execution whole = inserted(pending(1).withCommand(command));
            CommandLine begin = new CommandLine.Truncated(
                    command instanceof CommandLine.Script
                            ? new CommandLine.Script("\u0001🦊".repeat(2048), "bash")
                            : new CommandLine.Argv(firstWords()));
            Execution kept = whole.withCommand(begin);
            assertThat(store().reader().find(whole.id())).hasValue(kept);
            assertThat(store().journal().longBytes(whole.id())).isGreaterThanOrEqualTo(90_000);
            assertThat(store().journal().command(whole.id())).hasValue(command);
            assertThat(reopened().journal().unfinished())
                    .extracting(Unfinished::execution)
                    .contains(kept);
            Execution done = updated(exited(updated(started(kept, 7)), new ExitStatus(0, null), OutputSize.NONE));
            assertThat(store().reader().find(whole.id())).hasValue(done);
            assertThat(store().journal().command(whole.id())).hasValue(command);
        }
    }

    private static List<String> firstWords() {
        List<String> words = new ArrayList<>(Collections.nCopies(20, "x".repeat(200)));
        words.add("x".repeat(96));
        return words;
    }

    @Test
    default void aShortCommandIsWholeWhateverItsForm() {
        CommandLine script = CommandLine.script("🦊".repeat(CommandLine.MAX_SHORT));
        CommandLine words = new CommandLine.Argv(Collections.nCopies(CommandLine.MAX_SHORT_WORDS, "x".repeat(40)));
        for (CommandLine command : List.of(script, words)) {
            Execution whole = inserted(pending(1).withCommand(command));
            assertThat(store().reader().find(whole.id())).hasValue(whole);
            assertThat(store().journal().longBytes(whole.id())).isZero();
            assertThat(store().journal().command(whole.id())).hasValue(command);
        }
    }

    @Test
    default void aSessionOverSshIsStoredWithItsCommand() throws Exception {
        LoginSession login = new LoginSession(false, "192.0.2.1 50000 22", "192.0.2.1 50000 192.0.2.2 22");
        StartOptions options =
                new StartOptions(Map.of(), "~", null, null, false, Duration.ZERO, false, Map.of(), null, login);
        Execution pending = pending(1);
        store().intake().insert(pending, options, null, null).join();

        assertThat(store().journal().startOptions(pending.id())).hasValue(options);
    }

    @Test
    default void whatItTakesToStartItIsForgottenOnceItHas() throws Exception {
        StartOptions options =
                new StartOptions(Map.of("A", "b"), "/x", "me", new byte[300_000], false, Duration.ofSeconds(5), true);
        Execution pending = pending(1);
        store().intake().insert(pending, options, null, null).join();

        StartOptions read = store().journal().startOptions(pending.id()).orElseThrow();
        assertThat(read.stdin()).isEqualTo(options.stdin());
        assertThat(read.env()).isEqualTo(options.env());
        assertThat(store().journal().longBytes(pending.id())).isGreaterThan(300_000);
        assertThat(reopened().journal().unfinished())
                .extracting(Unfinished::terms)
                .containsExactly(options.terms());
        updated(started(pending, 7));
        assertThat(store().journal().startOptions(pending.id())).isEmpty();
        assertThat(store().journal().longBytes(pending.id())).isZero();
    }
}

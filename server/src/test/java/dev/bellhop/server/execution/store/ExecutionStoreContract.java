// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.store;

import static dev.bellhop.server.audit.AuditedWrites.assertFailsUnrecorded;
import static dev.bellhop.server.audit.AuditedWrites.assertRecorded;
import static dev.bellhop.server.execution.TestExecutions.ended;
import static dev.bellhop.server.execution.TestExecutions.exited;
import static dev.bellhop.server.execution.TestExecutions.exitedAt;
import static dev.bellhop.server.execution.TestExecutions.labelled;
import static dev.bellhop.server.execution.TestExecutions.pending;
import static dev.bellhop.server.execution.TestExecutions.running;
import static dev.bellhop.server.execution.TestExecutions.started;
import static dev.bellhop.server.execution.TestExecutions.startedUnder;
import static dev.bellhop.server.tenant.Tenant.account;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.api.audit.AuditRecord;
import dev.bellhop.server.audit.AuditStore;
import dev.bellhop.server.audit.AuditedWrites;
import dev.bellhop.server.execution.Approval;
import dev.bellhop.server.execution.CommandLine;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionMode;
import dev.bellhop.server.execution.ExecutionSpec;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.ExitStatus;
import dev.bellhop.server.execution.OpenFiles;
import dev.bellhop.server.execution.OutputChunk;
import dev.bellhop.server.execution.OutputSize;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.execution.ReadTime;
import dev.bellhop.server.execution.Reason;
import dev.bellhop.server.execution.StartIntent;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.execution.store.ExecutionIntake.Insertion;
import dev.bellhop.server.execution.store.ExecutionJournal.Unfinished;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.tenant.TenantFilter;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What every {@link ExecutionStore} does, whatever it keeps executions in. */
public abstract class ExecutionStoreContract {
    private static final VmId VM = new VmId(1);

    /** The store under test, empty when a test begins. */
    protected abstract ExecutionStore store();

    /** Closes the store and opens another one on what it has kept. */
    protected abstract ExecutionStore reopened() throws Exception;

    /** The audit trail of the same place. */
    protected abstract AuditStore audit();

    private Execution inserted(Execution execution) {
        store().intake().insert(execution, StartOptions.PLAIN, null, null).join();
        return execution;
    }

    private Execution updated(Execution execution, OutputChunk... chunks) {
        store().journal().update(execution, List.of(chunks)).join();
        return execution;
    }

    private static OutputChunk stdout(long offset, String text) {
        return new OutputChunk(OutputStreamName.STDOUT, offset, bytes(text));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    }

    private String output(Execution execution, OutputStreamName stream, long offset, int limit) {
        return new String(
                store().reader().output(execution.id(), stream, offset, limit),
                java.nio.charset.StandardCharsets.UTF_8);
    }

    @Test
    void everyStepOfALifeIsKeptAsItWas() throws Exception {
        List<Execution> lives = new ArrayList<>();
        lives.add(inserted(pending(1)));
        lives.add(updated(started(inserted(pending(1)), 7)));
        OutputSize size = new OutputSize(1L << 33, 5, true);
        lives.add(updated(exited(updated(started(inserted(pending(2)), 8)), new ExitStatus(3, null), size)));
        lives.add(updated(exited(updated(started(inserted(pending(3)), 9)), new ExitStatus(137, 9), OutputSize.NONE)));
        lives.add(updated(exited(updated(started(inserted(pending(3)), 9)), new ExitStatus(null, null), size)));
        for (Reason reason : Reason.values()) {
            lives.add(updated(ended(inserted(pending(4)), ExecutionState.LOST, reason)));
            lives.add(updated(ended(inserted(pending(4)), ExecutionState.REJECTED, reason)));
        }
        for (Execution execution : lives) {
            assertThat(store().reader().find(execution.id())).hasValue(execution);
        }
        ExecutionStore reopened = reopened();
        for (Execution execution : lives) {
            assertThat(reopened.reader().find(execution.id())).hasValue(execution);
        }
    }

    @Test
    void textOfEveryScriptIsKept() {
        Execution execution = Execution.pending(
                pending(1).id(),
                new VmId(Long.MAX_VALUE),
                TestExecutions.spec("grüße 今日は 🦊 'q' \" \\ \n\t; DROP TABLE executions", "key"),
                TestExecutions.CREATED);

        assertThat(store().reader().find(inserted(execution).id())).hasValue(execution);
    }

    /** They are needed for as long as there is output that they are masked in. */
    @Test
    void secretVariablesAreKeptToTheEndAndBeyond() throws Exception {
        ExecutionSpec spec = new ExecutionSpec(
                new CommandLine.Script("x", null),
                "key",
                Tenant.operator(),
                Map.of(),
                null,
                Map.of("TOKEN", "two\nlines", "B", "ü=ü!"),
                null);
        Execution execution = Execution.pending(pending(1).id(), VM, spec, TestExecutions.CREATED);
        Execution ended =
                updated(exited(updated(started(inserted(execution), 7)), new ExitStatus(0, null), OutputSize.NONE));

        assertThat(store().reader().find(execution.id())).hasValue(ended);
        assertThat(reopened().reader().find(execution.id())).hasValue(ended);
        assertThat(ended.spec().secretEnv()).isEqualTo(spec.secretEnv());
    }

    @Test
    void whatWasNeverStoredIsNotFound() {
        inserted(pending(1));

        assertThat(store().reader().find(pending(1).id())).isEmpty();
        assertThat(store().reader().findNewest(VM, 7, TenantFilter.all())).isEmpty();
        assertThat(store().reader().recent(VM, TenantFilter.all(), 10)).isEmpty();
        assertThat(store().reader().output(pending(1).id(), OutputStreamName.STDOUT, 0, 10))
                .isEmpty();
    }

    @Test
    void anIdIsStoredOnce() {
        Execution execution = inserted(pending(1));

        assertFailsUnrecorded(audit(), () -> store().intake().insert(execution, StartOptions.PLAIN, null, null));
        assertThat(store().reader().find(execution.id())).hasValue(execution);
    }

    @Test
    void anIdempotencyKeyStandsForOneExecution() throws Exception {
        IdempotencyKey key = new IdempotencyKey("0123456789ab", "once", bytes("hash"));
        Execution first = pending(1);
        assertThat(insertedAs(first, key)).isEqualTo(new Insertion.Inserted());
        Insertion.Known known =
                reopened().intake().known("0123456789ab", "once").orElseThrow();
        assertThat(known.id()).isEqualTo(first.id());
        assertThat(known.key().requestHash()).isEqualTo(bytes("hash"));

        Execution second = pending(1);
        assertThat(insertedAs(second, new IdempotencyKey("0123456789ab", "once", bytes("other"))))
                .isInstanceOfSatisfying(Insertion.Known.class, again -> {
                    assertThat(again.id()).isEqualTo(first.id());
                    assertThat(again.key().requestHash()).isEqualTo(bytes("hash"));
                });
        assertThat(store().reader().find(second.id())).isEmpty();
        assertThat(store().intake().known("0123456789ab", "twice")).isEmpty();
        assertThat(store().intake().known("another key", "once")).isEmpty();
        assertThat(insertedAs(second, new IdempotencyKey("another key", "once", bytes("hash"))))
                .isEqualTo(new Insertion.Inserted());
    }

    private Insertion insertedAs(Execution execution, IdempotencyKey key) {
        return store().intake().insert(execution, StartOptions.PLAIN, null, key).join();
    }

    @Test
    void anIdempotencyKeyEndsWithItsExecution() {
        Instant end = Instant.parse("2026-04-01T00:00:00Z");
        Execution execution = pending(1);
        insertedAs(execution, new IdempotencyKey("0123456789ab", "once", bytes("hash")));
        updated(exitedAt(started(execution, 7), end));
        assertThat(deleted(end.plusSeconds(1))).isEqualTo(1);

        assertThat(store().intake().known("0123456789ab", "once")).isEmpty();
    }

    @Test
    void eachChangeIsRecordedWithItAndTheEndToo() {
        Execution pending = pending(1);
        ExecutionId id = pending.id();
        assertRecorded(audit(), () -> store().intake().insert(pending, StartOptions.PLAIN, null, null));
        assertRecorded(
                audit(),
                () -> store().journal().ask(id, new StartIntent(ExecutionMode.DIRECT, TestExecutions.STARTED)));
        assertRecorded(audit(), () -> store().journal().opened(id, OpenFiles.NONE));
        assertRecorded(audit(), () -> store().intake().cancel(id, Duration.ZERO));
        assertRecorded(audit(), () -> store().intake().approve(id, Approval.until(TestExecutions.CREATED)));
        Execution running = started(pending, 7);
        assertRecorded(audit(), () -> store().journal().update(running, List.of()));
        assertThat(AuditedWrites.actions(audit())).doesNotContain(AuditRecord.EXECUTION_END);
        assertRecorded(
                audit(),
                () -> store().journal().update(exited(running, new ExitStatus(0, null), OutputSize.NONE), List.of()));
        assertThat(AuditedWrites.actions(audit())).last().isEqualTo(AuditRecord.EXECUTION_END);
    }

    @Test
    void whatWasNeverInsertedIsNotUpdatedAndLeavesNoOutput() {
        Execution execution = running(1, 7);

        Execution exited = exited(execution, new ExitStatus(0, null), OutputSize.NONE);
        assertFailsUnrecorded(audit(), () -> store().journal().update(exited, List.of(stdout(0, "x"))));
        assertThat(store().reader().find(execution.id())).isEmpty();
        assertThat(store().reader().output(execution.id(), OutputStreamName.STDOUT, 0, 10))
                .isEmpty();
    }

    private static void fails(CompletableFuture<?> write) {
        assertThatThrownBy(write::join)
                .isInstanceOf(CompletionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE));
    }

    @Test
    void oneFailureLeavesTheWritesBesideItAlone() {
        List<CompletableFuture<?>> good = new ArrayList<>();
        List<CompletableFuture<?>> bad = new ArrayList<>();
        List<Execution> executions = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            Execution execution = pending(1);
            executions.add(execution);
            good.add(store().intake().insert(execution, StartOptions.PLAIN, null, null));
            if (i % 7 == 0) {
                bad.add(store().intake().insert(execution, StartOptions.PLAIN, null, null));
            }
        }
        good.forEach(CompletableFuture::join);
        bad.forEach(ExecutionStoreContract::fails);
        for (Execution execution : executions) {
            assertThat(store().reader().find(execution.id())).hasValue(execution);
        }
    }

    @Test
    void writesTakeEffectInTheOrderTheyWereAskedForIn() {
        Execution pending = pending(1);
        List<CompletableFuture<?>> writes = new ArrayList<>();
        List<Integer> done = new ArrayList<>();
        writes.add(store().intake().insert(pending, StartOptions.PLAIN, null, null));
        for (int pid = 1; pid <= 500; pid++) {
            int order = pid;
            writes.add(
                    store().journal().update(started(pending, pid), List.of()).thenRun(() -> {
                        synchronized (done) {
                            done.add(order);
                        }
                    }));
        }
        writes.forEach(CompletableFuture::join);

        assertThat(store().reader().find(pending.id())).hasValue(started(pending, 500));
        synchronized (done) {
            assertThat(done).hasSize(500).isSorted();
        }
    }

    @Test
    void aReaderSeesWhatAFutureHasTold() throws Exception {
        for (int i = 0; i < 50; i++) {
            Execution execution = pending(1);
            assertThat(store().intake()
                            .insert(execution, StartOptions.PLAIN, null, null)
                            .thenApplyAsync(done -> store().reader().find(execution.id()))
                            .get())
                    .hasValue(execution);
        }
    }

    @Test
    void outputIsReadFromAnyOffset() {
        Execution execution = inserted(pending(1));
        updated(execution, stdout(0, "abcd"), stdout(4, "efgh"));
        updated(execution, stdout(8, "ij"), new OutputChunk(OutputStreamName.STDERR, 0, bytes("err")));

        String all = "abcdefghij";
        for (int offset = 0; offset <= 12; offset++) {
            for (int limit = 1; limit <= 12; limit++) {
                int from = Math.min(offset, all.length());
                int to = Math.min(from + limit, all.length());
                assertThat(output(execution, OutputStreamName.STDOUT, offset, limit))
                        .as("%d bytes from %d", limit, offset)
                        .isEqualTo(all.substring(from, to));
            }
        }
        assertThat(output(execution, OutputStreamName.STDERR, 1, 10)).isEqualTo("rr");
        assertThat(output(execution, OutputStreamName.STDOUT, Long.MAX_VALUE, Integer.MAX_VALUE))
                .isEmpty();
        assertThat(output(execution, OutputStreamName.STDOUT, 3, Integer.MAX_VALUE))
                .isEqualTo("defghij");
    }

    @Test
    void anyBytesAreKept() {
        byte[] bytes = new byte[256 * 300];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) i;
        }
        Execution execution = inserted(pending(1));
        updated(execution, new OutputChunk(OutputStreamName.STDERR, 0, bytes));

        assertThat(store().reader().output(execution.id(), OutputStreamName.STDERR, 0, bytes.length))
                .isEqualTo(bytes);
    }

    /** A write whose answer was lost is repeated. */
    @Test
    void aChunkThatIsWrittenAgainIsNotDoubled() {
        Execution execution = inserted(pending(1));
        updated(execution, stdout(0, "abc"));
        updated(execution, stdout(0, "abc"), stdout(3, "def"));

        assertThat(output(execution, OutputStreamName.STDOUT, 0, 100)).isEqualTo("abcdef");
    }

    @Test
    void whenOutputWasReadIsKept() throws Exception {
        Instant time = Instant.parse("2026-01-31T09:30:00.001Z");
        Execution execution = inserted(pending(1));
        updated(execution, stdout(0, "abc").readAt(time), stdout(3, "d").readAt(time.plusMillis(1)));
        updated(execution, stdout(4, "ef"));
        updated(execution, new OutputChunk(OutputStreamName.STDERR, 0, bytes("err"), time));

        checkReadTimes(store().reader(), execution, time);
        checkReadTimes(reopened().reader(), execution, time);
    }

    private static void checkReadTimes(ExecutionReader reader, Execution execution, Instant time) {
        assertThat(reader.readTimes(execution.id(), OutputStreamName.STDOUT, 0, 9))
                .containsExactly(new ReadTime(0, time), new ReadTime(3, time.plusMillis(1)), new ReadTime(4, null));
        assertThat(reader.readTimes(execution.id(), OutputStreamName.STDOUT, 2, 2))
                .containsExactly(new ReadTime(0, time), new ReadTime(3, time.plusMillis(1)));
        assertThat(reader.readTimes(execution.id(), OutputStreamName.STDOUT, 5, 9))
                .containsExactly(new ReadTime(4, null));
        assertThat(reader.readTimes(execution.id(), OutputStreamName.STDERR, 0, 9))
                .containsExactly(new ReadTime(0, time));
        assertThat(reader.readTimes(pending(2).id(), OutputStreamName.STDOUT, 0, 9))
                .isEmpty();
        assertThat(reader.output(execution.id(), OutputStreamName.STDOUT, 0, 9)).isEqualTo(bytes("abcdef"));
    }

    @Test
    void outputIsItsExecutionsOwn() {
        Execution one = inserted(pending(1));
        Execution two = inserted(pending(1));
        updated(one, stdout(0, "one"));
        updated(two, stdout(0, "two"));

        assertThat(output(one, OutputStreamName.STDOUT, 0, 9)).isEqualTo("one");
        assertThat(output(two, OutputStreamName.STDOUT, 0, 9)).isEqualTo("two");
    }

    @Test
    void theNewestWithAPidIsFound() {
        Execution old = updated(started(inserted(pending(1)), 7));
        Execution otherVm = updated(started(inserted(pending(2)), 7));
        Execution otherPid = updated(started(inserted(pending(1)), 70));
        Execution newest = updated(started(inserted(pending(1)), 7));
        // Stored last, and not the newest all the same.
        updated(exited(old, new ExitStatus(0, null), OutputSize.NONE));

        assertThat(store().reader().findNewest(VM, 7, TenantFilter.all())).hasValue(newest);
        assertThat(store().reader().findNewest(new VmId(2), 7, TenantFilter.all()))
                .hasValue(otherVm);
        assertThat(store().reader().findNewest(VM, 70, TenantFilter.all())).hasValue(otherPid);
        assertThat(store().reader().findNewest(new VmId(3), 7, TenantFilter.all()))
                .isEmpty();
    }

    @Test
    void recentOnesAreThoseThatGotAPidNewestFirst() {
        Execution first = updated(started(inserted(pending(1)), 1));
        Execution second = updated(exited(started(inserted(pending(1)), 2), new ExitStatus(0, null), OutputSize.NONE));
        inserted(pending(1));
        updated(ended(inserted(pending(1)), ExecutionState.REJECTED, Reason.AGENT_REFUSED));
        updated(started(inserted(pending(2)), 3));
        Execution third = updated(started(inserted(pending(1)), 4));

        assertThat(store().reader().recent(VM, TenantFilter.all(), 10)).containsExactly(third, second, first);
        assertThat(store().reader().recent(VM, TenantFilter.all(), 2)).containsExactly(third, second);
    }

    @Test
    void anAccountHasWhatWasStartedUnderIt() throws Exception {
        Execution ours = updated(started(inserted(startedUnder("a", 1)), 7));
        Execution theirs = updated(started(inserted(startedUnder("b", 1)), 7));
        Execution nobodys = updated(started(inserted(pending(1)), 7));
        Execution elsewhere = updated(started(inserted(startedUnder("a", 2)), 8));
        checkAccounts(store(), ours, theirs, nobodys, elsewhere);
        checkAccounts(reopened(), ours, theirs, nobodys, elsewhere);
    }

    private static void checkAccounts(
            ExecutionStore store, Execution ours, Execution theirs, Execution nobodys, Execution elsewhere) {
        assertThat(store.reader().find(ours.id(), TenantFilter.of(account("a"))))
                .hasValue(ours);
        assertThat(store.reader().find(ours.id(), TenantFilter.all())).hasValue(ours);
        assertThat(store.reader().find(ours.id(), TenantFilter.of(account("b"))))
                .isEmpty();
        assertThat(store.reader().find(nobodys.id(), TenantFilter.of(account("a"))))
                .isEmpty();

        assertThat(store.reader().findNewest(VM, 7, TenantFilter.all())).hasValue(nobodys);
        assertThat(store.reader().findNewest(VM, 7, TenantFilter.of(account("a"))))
                .hasValue(ours);
        assertThat(store.reader().findNewest(VM, 7, TenantFilter.of(account("b"))))
                .hasValue(theirs);
        assertThat(store.reader().findNewest(VM, 8, TenantFilter.of(account("a"))))
                .isEmpty();

        assertThat(store.reader().recent(VM, TenantFilter.all(), 10)).containsExactly(nobodys, theirs, ours);
        assertThat(store.reader().recent(VM, TenantFilter.of(account("a")), 10)).containsExactly(ours);

        assertThat(listedOf(store, "a", null)).containsExactly(elsewhere, ours);
        assertThat(listedOf(store, "a", Set.of(VM))).containsExactly(ours);
        assertThat(listedOf(store, "a", Set.of())).isEmpty();
        assertThat(listedOf(store, "c", null)).isEmpty();
    }

    private static List<Execution> listedOf(ExecutionStore store, String account, @Nullable Set<VmId> vms) {
        return store.reader()
                .list(
                        new ExecutionFilter(
                                TenantFilter.of(Tenant.account(account)), vms, Set.of(), Map.of(), null, null),
                        null,
                        10)
                .executions();
    }

    @Test
    void whatHasNotEndedIsUnfinishedOldestFirst() throws Exception {
        Execution pending = inserted(pending(1));
        updated(exited(started(inserted(pending(1)), 2), new ExitStatus(0, null), OutputSize.NONE));
        Execution running = updated(started(inserted(pending(2)), 3));
        updated(ended(inserted(pending(1)), ExecutionState.REJECTED, Reason.AGENT_REFUSED));
        updated(ended(inserted(pending(1)), ExecutionState.LOST, Reason.START_UNCONFIRMED));

        assertThat(store().journal().unfinished())
                .extracting(Unfinished::execution)
                .containsExactly(pending, running);
        assertThat(reopened().journal().unfinished())
                .extracting(Unfinished::execution)
                .containsExactly(pending, running);
    }

    @Test
    void whetherAGuestMayHaveHeardOfItIsKept() throws Exception {
        UUID boot = UUID.fromString("4a5e1e4b-aaaa-4bbb-8ccc-1234567890ab");
        StartIntent first = new StartIntent(ExecutionMode.SUPERVISED, TestExecutions.CREATED, "/var/lib/bellhop", boot);
        StartIntent second =
                new StartIntent(ExecutionMode.SUPERVISED, TestExecutions.STARTED, "/elsewhere", UUID.randomUUID());
        StartIntent later = new StartIntent(ExecutionMode.DIRECT, TestExecutions.STARTED);
        inserted(pending(1));
        store().intake().insert(pending(1), StartOptions.PLAIN, first, null).join();
        Execution askedAgain = pending(1);
        store().intake().insert(askedAgain, StartOptions.PLAIN, first, null).join();
        store().journal().ask(askedAgain.id(), later).join();
        Execution elsewhere = pending(1);
        store().intake().insert(elsewhere, StartOptions.PLAIN, first, null).join();
        store().journal().ask(elsewhere.id(), second).join();

        assertThat(store().journal().unfinished())
                .extracting(Unfinished::asked)
                .containsExactly(null, first, later, second);
        assertThat(reopened().journal().unfinished())
                .extracting(Unfinished::asked)
                .containsExactly(null, first, later, second);
    }

    @Test
    void whatIsToEndIsKeptUntilItHas() throws Exception {
        inserted(pending(1));
        Execution running = updated(started(inserted(pending(1)), 2));
        store().intake().cancel(running.id(), Duration.ofMillis(2500)).join();
        Execution ended = updated(ended(inserted(pending(1)), ExecutionState.REJECTED, Reason.AGENT_REFUSED));
        store().intake().cancel(ended.id(), Duration.ZERO).join();

        assertThat(store().journal().unfinished())
                .extracting(Unfinished::cancelGrace)
                .containsExactly(null, Duration.ofSeconds(3));
        assertThat(reopened().journal().unfinished())
                .extracting(Unfinished::cancelGrace)
                .containsExactly(null, Duration.ofSeconds(3));
    }

    @Test
    void whatIsOpenInAGuestIsKnownUntilTheEnd() throws Exception {
        inserted(pending(1));
        Execution running = updated(started(inserted(pending(1)), 7));
        store().journal().opened(running.id(), new OpenFiles(1000L, 1001L)).join();
        store().journal().opened(running.id(), new OpenFiles(null, 1002L)).join();
        updated(running, stdout(0, "out"));

        assertThat(reopened().journal().unfinished())
                .extracting(Unfinished::files)
                .containsExactly(OpenFiles.NONE, new OpenFiles(null, 1002L));
    }

    @Test
    void ofSeveralCancelsTheSoonestIsKept() {
        Execution running = updated(started(inserted(pending(1)), 7));
        store().intake().cancel(running.id(), Duration.ofSeconds(5)).join();
        store().intake().cancel(running.id(), Duration.ofSeconds(2)).join();
        store().intake().cancel(running.id(), Duration.ofSeconds(9)).join();

        assertThat(store().journal().unfinished())
                .extracting(Unfinished::cancelGrace)
                .containsExactly(Duration.ofSeconds(2));
    }

    @Test
    void beingAskedAndCancelledLeavesAnExecutionAsItIs() {
        StartOptions options = new StartOptions(Map.of(), null, null, null, false, Duration.ofSeconds(5), true);
        Execution pending = pending(1);
        store().intake().insert(pending, options, null, null).join();
        store().journal()
                .ask(pending.id(), new StartIntent(ExecutionMode.SUPERVISED, TestExecutions.STARTED))
                .join();
        store().intake().cancel(pending.id(), Duration.ZERO).join();

        assertThat(store().reader().find(pending.id())).hasValue(pending);
        assertThat(store().journal().startOptions(pending.id())).hasValue(options);
    }

    @Test
    void ofALongCommandAnExecutionHasTheBeginning() throws Exception {
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
    void aShortCommandIsWholeWhateverItsForm() {
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
    void whatItTakesToStartItIsForgottenOnceItHas() throws Exception {
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

    @Test
    void theFirstApprovalOfWhatWaitsForItIsKept() {
        Instant later = TestExecutions.CREATED.plusSeconds(60);
        Execution waiting = TestExecutions.pending(1).withApproval(Approval.until(later));
        Execution ended = TestExecutions.pending(1).withApproval(Approval.until(later));
        Approval first = Approval.until(later).given(TestExecutions.CREATED.plusSeconds(1), "aaaaaaaaaaaa", "sha256:a");
        Approval second =
                Approval.until(later).given(TestExecutions.CREATED.plusSeconds(2), "bbbbbbbbbbbb", "sha256:b");
        inserted(waiting);
        inserted(ended);
        Execution rejected = TestExecutions.ended(ended, ExecutionState.REJECTED, Reason.APPROVAL_EXPIRED);
        store().journal().update(rejected, List.of()).join();
        assertThat(store().reader().find(waiting.id())).hasValue(waiting);

        store().intake().approve(waiting.id(), first).join();
        store().intake().approve(waiting.id(), second).join();
        store().intake().approve(ended.id(), first).join();

        assertThat(store().reader().find(waiting.id())).hasValue(waiting.withApproval(first));
        assertThat(store().reader().find(ended.id())).hasValue(rejected);
    }

    @Test
    void whatNoGuestHasHeardOfIsEndedAndNothingElse() {
        Execution unasked = inserted(pending(1));
        Execution asked = inserted(pending(1));
        store().journal()
                .ask(asked.id(), new StartIntent(ExecutionMode.SUPERVISED, TestExecutions.STARTED))
                .join();
        Execution approved = inserted(pending(1).withApproval(Approval.until(TestExecutions.FINISHED)));
        store().intake()
                .approve(approved.id(), Approval.until(TestExecutions.FINISHED).given(TestExecutions.STARTED, "k", "d"))
                .join();
        Execution running = started(inserted(pending(1)), 7);
        store().journal().update(running, List.of()).join();

        assertThat(endedUnasked(unasked)).isTrue();
        assertThat(store().reader().find(unasked.id())).hasValue(rejected(unasked));
        assertThat(store().reader().revision(unasked.id())).hasValue(2);
        assertThat(store().journal().startOptions(unasked.id())).isEmpty();
        assertThat(AuditedWrites.actions(audit())).last().isEqualTo(AuditRecord.EXECUTION_END);
        assertThat(endedUnasked(unasked)).isFalse();
        assertThat(endedUnasked(asked)).isFalse();
        assertThat(endedUnasked(approved)).isFalse();
        assertThat(endedUnasked(pending(1))).isFalse();
        assertThat(store().journal().unfinished())
                .extracting(left -> left.execution().id())
                .containsExactlyInAnyOrder(asked.id(), approved.id(), running.id());

        // Whoever inserted it knows better.
        assertThat(endedUnheard(approved)).isFalse();
        assertThat(endedUnheard(asked)).isTrue();
        assertThat(endedUnheard(asked)).isFalse();
        assertThat(store().reader().find(asked.id())).hasValue(rejected(asked));
    }

    private boolean endedUnheard(Execution execution) {
        return store().intake().endUnheard(rejected(execution)).join();
    }

    private boolean endedUnasked(Execution execution) {
        return store().intake().endUnasked(rejected(execution)).join();
    }

    private static Execution rejected(Execution execution) {
        return execution.endedUnstarted(ExecutionState.REJECTED, Reason.AGENT_UNAVAILABLE, TestExecutions.FINISHED);
    }

    @Test
    void whatEndedLongAgoIsDeletedWithItsOutput() {
        Instant limit = Instant.parse("2026-04-01T00:00:00Z");
        Execution old = updated(exitedAt(started(inserted(pending(1)), 1), limit.minusMillis(1)), stdout(0, "old"));
        Execution atLimit = updated(exitedAt(started(inserted(pending(1)), 2), limit), stdout(0, "new"));
        Execution running = updated(started(inserted(pending(1)), 3), stdout(0, "run"));
        Execution pending = inserted(pending(1));

        assertThat(deleted(limit)).isEqualTo(1);
        assertThat(store().reader().find(old.id())).isEmpty();
        assertThat(output(old, OutputStreamName.STDOUT, 0, 9)).isEmpty();
        assertThat(store().reader().find(atLimit.id())).hasValue(atLimit);
        assertThat(output(atLimit, OutputStreamName.STDOUT, 0, 9)).isEqualTo("new");
        assertThat(store().reader().find(running.id())).hasValue(running);
        assertThat(output(running, OutputStreamName.STDOUT, 0, 9)).isEqualTo("run");
        assertThat(store().reader().find(pending.id())).hasValue(pending);
    }

    @Test
    void deletingGoesInStepsOfAFewMebibytesOldestFirst() {
        Instant begin = Instant.parse("2026-04-01T00:00:00Z");
        List<Execution> executions = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            Execution exited = exitedAt(started(inserted(pending(1)), i + 1), begin.plusSeconds(i));
            executions.add(updated(sized(exited, 3 << 20), stdout(0, "o".repeat(3 << 20))));
        }
        Instant limit = begin.plus(Duration.ofDays(1));

        assertThat(deleted(limit)).isEqualTo(2);
        assertThat(store().reader().find(executions.get(1).id())).isEmpty();
        assertThat(output(executions.get(1), OutputStreamName.STDOUT, 0, 9)).isEmpty();
        assertThat(store().reader().find(executions.get(2).id())).isPresent();
        assertThat(output(executions.get(2), OutputStreamName.STDOUT, 0, 1)).isEqualTo("o");
        assertThat(deleted(limit)).isEqualTo(2);
        assertThat(deleted(limit)).isEqualTo(1);
        assertThat(deleted(limit)).isZero();
    }

    @Test
    void anExecutionLargerThanAStepIsDeletedToo() {
        Instant end = Instant.parse("2026-04-01T00:00:00Z");
        Execution large = updated(sized(exitedAt(started(inserted(pending(1)), 1), end), 32 << 20));

        assertThat(deleted(end.plusSeconds(1))).isEqualTo(1);
        assertThat(store().reader().find(large.id())).isEmpty();
    }

    /** What it is is up to the store; that it is told is what the rest is built on. */
    @Test
    void whatIsStoredCountsForItsAccountUntilItIsDeleted() throws Exception {
        Instant end = Instant.parse("2026-02-01T00:00:00Z");
        Execution ours = inserted(startedUnder("a", 1));
        long pending = store().intake().quota().total(account("a"));
        assertThat(pending).isPositive();
        updated(started(ours, 7), stdout(0, "x".repeat(10_000)));
        assertThat(store().intake().quota().total(account("a"))).isGreaterThan(pending + 10_000);
        assertThat(store().intake().quota().holders()).isEmpty();
        updated(exitedAt(started(ours, 7), end));
        updated(exitedAt(started(inserted(pending(1)), 8), end));
        inserted(pending(1));
        long total = store().intake().quota().total();
        assertThat(store().intake().quota().holders())
                .extracting(StorageQuota.Holder::tenant)
                .containsExactly(account("a"), Tenant.operator());

        StorageQuota reopened = reopened().intake().quota();
        eventually().until(() -> reopened.total() == total);
        Set<ExecutionId> deleted = store().intake()
                .deleteFinishedBefore(account("a"), end.plusSeconds(1))
                .join()
                .executions();
        assertThat(deleted).containsExactly(ours.id());
        assertThat(store().intake().quota().total(account("a"))).isZero();
        assertThat(store().intake().quota().total()).isPositive();
    }

    private static org.awaitility.core.ConditionFactory eventually() {
        return org.awaitility.Awaitility.await().atMost(Duration.ofSeconds(20));
    }

    @Test
    void unfinishedOnesOfAVmAreFoundAmongManyOthers() {
        Execution first = inserted(pending(1));
        Execution second = updated(started(inserted(startedUnder("a", 1)), 7));
        inserted(pending(2));
        updated(exitedAt(started(inserted(pending(1)), 8), TestExecutions.FINISHED));

        assertThat(store().journal().unfinished(VM, 9)).containsExactly(second.id(), first.id());
        assertThat(store().journal().unfinished(VM, 1)).containsExactly(second.id());
    }

    @Test
    void eachChangeRaisesTheRevision() throws Exception {
        Execution pending = inserted(pending(1));
        ExecutionId id = pending.id();
        assertThat(store().reader().revision(pending(1).id())).isEmpty();
        long revision = store().reader().revision(id).orElseThrow();
        List<Supplier<CompletableFuture<?>>> changes = List.of(
                () -> store().journal().ask(id, new StartIntent(ExecutionMode.DIRECT, TestExecutions.STARTED)),
                () -> store().journal().opened(id, new OpenFiles(1L, null)),
                () -> store().intake().cancel(id, Duration.ZERO),
                () -> store().journal().update(started(pending, 7), List.of()),
                () -> store().journal().update(started(pending, 7), List.of(stdout(0, "x"))));
        for (Supplier<CompletableFuture<?>> change : changes) {
            change.get().join();
            long next = store().reader().revision(id).orElseThrow();
            assertThat(next).isGreaterThan(revision);
            revision = next;
        }
        assertThat(store().journal().unfinished())
                .extracting(Unfinished::revision)
                .containsExactly(revision);
        assertThat(store().journal().update(started(pending, 7), List.of()).join())
                .isEqualTo(revision + 1);
        assertThat(reopened().reader().revision(id)).hasValue(revision + 1);
    }

    @Test
    void knowsTheNewestIdAndNoneWhereNothingIsStored() {
        assertThat(store().reader().newestId()).isEmpty();
        inserted(pending(1));
        Execution newest = inserted(pending(2));

        assertThat(store().reader().newestId()).hasValue(newest.id());
    }

    @Test
    void tellsHowMuchOutputIsStoredWhateverTheExecutionSays() {
        Execution running = updated(started(inserted(pending(1)), 1), stdout(0, "abc"));

        assertThat(store().journal().outputSize(running.id())).isEqualTo(new OutputSize(3, 0, false));
        assertThat(store().journal().outputSize(pending(1).id())).isEqualTo(OutputSize.NONE);
    }

    @Test
    void labelsFindTheExecutionsThatHaveAllOfThem() throws Exception {
        Execution nightly = inserted(labelled(1, Map.of("job", "nightly", "team", "a")));
        Execution other = inserted(labelled(1, Map.of("job", "nightly", "team", "b")));
        inserted(labelled(1, Map.of("job", "Nightly", "nightly", "job")));
        inserted(pending(1));
        Execution elsewhere = inserted(labelled(2, Map.of("job", "nightly")));

        assertThat(found(null, null, 10, Map.of("job", "nightly"))).containsExactly(elsewhere, other, nightly);
        assertThat(found(Set.of(VM), null, 10, Map.of("job", "nightly"))).containsExactly(other, nightly);
        assertThat(found(Set.of(VM, new VmId(3)), null, 10, Map.of("job", "nightly")))
                .containsExactly(other, nightly);
        assertThat(found(Set.of(), null, 10, Map.of("job", "nightly"))).isEmpty();
        assertThat(found(null, null, 10, Map.of("team", "a", "job", "nightly"))).containsExactly(nightly);
        assertThat(found(null, null, 10, Map.of("team", "c", "job", "nightly"))).isEmpty();
        assertThat(found(null, null, 2, Map.of("job", "nightly"))).containsExactly(elsewhere, other);
        assertThat(found(null, other, 2, Map.of("job", "nightly"))).containsExactly(nightly);

        updated(started(nightly, 7));
        Execution running = store().reader().find(nightly.id()).orElseThrow();
        var filter = new ExecutionFilter(
                TenantFilter.all(),
                null,
                Set.of(ExecutionState.RUNNING),
                Map.of("job", "nightly"),
                TestExecutions.CREATED,
                null);
        assertThat(store().reader().list(filter, null, 10).executions()).containsExactly(running);
        assertThat(reopened().reader().list(filter, null, 10).executions()).containsExactly(running);
    }

    @Test
    void labelsFindNothingThatWasDeleted() {
        Instant end = Instant.parse("2026-04-01T00:00:00Z");
        updated(exitedAt(started(inserted(labelled(1, Map.of("job", "x"))), 1), end));
        Execution kept = inserted(labelled(1, Map.of("job", "x")));

        assertThat(deleted(end.plusSeconds(1))).isEqualTo(1);
        assertThat(found(null, null, 10, Map.of("job", "x"))).containsExactly(kept);
    }

    private List<Execution> found(
            @Nullable Set<VmId> vms, @Nullable Execution before, int limit, Map<String, String> labels) {
        return store().reader()
                .list(
                        new ExecutionFilter(TenantFilter.all(), vms, Set.of(), labels, null, null),
                        before == null ? null : before.id(),
                        limit)
                .executions();
    }

    @Test
    void aListGoesOnWhereAPageEnded() {
        List<Execution> newestFirst = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            newestFirst.addFirst(inserted(pending(1)));
        }
        ExecutionFilter all = new ExecutionFilter(TenantFilter.all(), null, Set.of(), Map.of(), null, null);
        List<Execution> seen = new ArrayList<>();
        ExecutionId before = null;
        do {
            ExecutionReader.Page page = store().reader().list(all, before, 2);
            assertThat(page.executions()).hasSizeBetween(1, 2);
            seen.addAll(page.executions());
            before = page.next();
        } while (before != null);

        assertThat(seen).isEqualTo(newestFirst);
    }

    @Test
    void whatIsNotThereIsNeitherCancelledNorApproved() {
        store().intake().cancel(pending(1).id(), Duration.ZERO).join();
        store().intake()
                .approve(pending(1).id(), Approval.until(TestExecutions.CREATED))
                .join();

        assertThat(store().journal().unfinished()).isEmpty();
        assertThat(store().journal().command(pending(1).id())).isEmpty();
        assertThat(store().journal().startOptions(pending(1).id())).isEmpty();
    }

    private int deleted(Instant before) {
        return store().intake()
                .deleteFinishedBefore(Tenant.operator(), before)
                .join()
                .executions()
                .size();
    }

    private static Execution sized(Execution execution, long stdoutBytes) {
        return execution.ended(
                ExecutionState.EXITED,
                Objects.requireNonNull(execution.exit()),
                new OutputSize(stdoutBytes, 0, false),
                Objects.requireNonNull(execution.finishedAt()));
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.store;

import static dev.bellhop.server.audit.AuditedWrites.assertFailsUnrecorded;
import static dev.bellhop.server.audit.AuditedWrites.assertRecorded;
import static dev.bellhop.server.execution.TestExecutions.ended;
import static dev.bellhop.server.execution.TestExecutions.exited;
import static dev.bellhop.server.execution.TestExecutions.pending;
import static dev.bellhop.server.execution.TestExecutions.running;
import static dev.bellhop.server.execution.TestExecutions.started;
import static dev.bellhop.server.execution.store.ExecutionStoreScene.stdout;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.api.audit.AuditRecord;
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
import dev.bellhop.server.execution.OutputSize;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.execution.Reason;
import dev.bellhop.server.execution.StartIntent;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.execution.store.ExecutionJournal.Unfinished;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.tenant.TenantFilter;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** What is written is there, as it was and in its order, once and with its record in the audit trail. */
interface ExecutionWritesContract extends ExecutionStoreScene {
    @Test
    default void everyStepOfALifeIsKeptAsItWas() throws Exception {
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
    default void textOfEveryScriptIsKept() {
        Execution execution = Execution.pending(
                pending(1).id(),
                new VmId(Long.MAX_VALUE),
                TestExecutions.spec("grüße 今日は 🦊 'q' \" \\ \n\t; DROP TABLE executions", "key"),
                TestExecutions.CREATED);

        assertThat(store().reader().find(inserted(execution).id())).hasValue(execution);
    }

    /** They are needed for as long as there is output that they are masked in. */
    @Test
    default void secretVariablesAreKeptToTheEndAndBeyond() throws Exception {
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
    default void whatWasNeverStoredIsNotFound() {
        inserted(pending(1));

        assertThat(store().reader().find(pending(1).id())).isEmpty();
        assertThat(store().reader().findNewest(VM, 7, TenantFilter.all())).isEmpty();
        assertThat(store().reader().recent(VM, TenantFilter.all(), 10)).isEmpty();
        assertThat(store().reader().output(pending(1).id(), OutputStreamName.STDOUT, 0, 10))
                .isEmpty();
    }

    @Test
    default void anIdIsStoredOnce() {
        Execution execution = inserted(pending(1));

        assertFailsUnrecorded(audit(), () -> store().intake().insert(execution, StartOptions.PLAIN, null, null));
        assertThat(store().reader().find(execution.id())).hasValue(execution);
    }

    @Test
    default void eachChangeIsRecordedWithItAndTheEndToo() {
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
    default void whatWasNeverInsertedIsNotUpdatedAndLeavesNoOutput() {
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
    default void oneFailureLeavesTheWritesBesideItAlone() {
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
        bad.forEach(ExecutionWritesContract::fails);
        for (Execution execution : executions) {
            assertThat(store().reader().find(execution.id())).hasValue(execution);
        }
    }

    @Test
    default void writesTakeEffectInTheOrderTheyWereAskedForIn() {
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
    default void aReaderSeesWhatAFutureHasTold() throws Exception {
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
    default void eachChangeRaisesTheRevision() throws Exception {
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
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.postgres;

import static dev.bellhop.server.execution.TestExecutions.exited;
import static dev.bellhop.server.execution.TestExecutions.pending;
import static dev.bellhop.server.execution.TestExecutions.started;
import static dev.bellhop.server.execution.TestExecutions.startedUnder;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.api.audit.AuditRecord;
import dev.bellhop.server.audit.AuditFilter;
import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.cluster.api.NodeJournal;
import dev.bellhop.server.cluster.api.NodeJournal.Updated;
import dev.bellhop.server.cluster.api.VmHold;
import dev.bellhop.server.cluster.message.FencedException;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionMode;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.ExitStatus;
import dev.bellhop.server.execution.OpenFiles;
import dev.bellhop.server.execution.OutputChunk;
import dev.bellhop.server.execution.OutputSize;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.execution.Reason;
import dev.bellhop.server.execution.StartIntent;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.execution.store.ExecutionJournal.Unfinished;
import dev.bellhop.server.execution.store.ExecutionStore;
import dev.bellhop.server.execution.store.StorageQuota;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.service.EndEntries;
import dev.bellhop.server.store.sql.SqlAuditStore;
import dev.bellhop.server.store.sql.SqlClusterStore;
import dev.bellhop.server.store.sql.SqlExecutionStore;
import dev.bellhop.server.store.sql.SqlNodeJournal;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What nodes can store and read of executions, and what not. */
@Timeout(60)
@Tag("real")
@Tag("cluster")
class PostgresNodeJournalTest {
    private static final NodeId A = new NodeId("a");
    private static final NodeId B = new NodeId("b");
    private static final VmId VM = new VmId(1);
    private static final VmId OTHER = new VmId(2);
    private static final StartIntent ASKED = new StartIntent(ExecutionMode.SUPERVISED, TestExecutions.STARTED);

    @RegisterExtension
    private final TempPostgres temp = new TempPostgres();

    private StorageQuota quota;
    private ExecutionStore executions;
    private SqlClusterStore nodes;
    private NodeJournal journal;
    private VmHold hold;
    private VmHold others;

    @BeforeEach
    void open() {
        quota = TestExecutions.unlimited();
        executions = new SqlExecutionStore(temp.get(), quota, EndEntries::of);
        nodes = new SqlClusterStore(temp.get(), 10_000);
        journal = new SqlNodeJournal(temp.get(), executions, EndEntries::of);
        nodes.add(A).join();
        nodes.add(B).join();
        hold = claim(A, hello(A), VM);
        others = claim(B, hello(B), OTHER);
    }

    private long hello(NodeId node) {
        return nodes.hello(node, UUID.randomUUID(), 1, "1", 1).join();
    }

    private VmHold claim(NodeId node, long session, VmId vm) {
        Long epoch = nodes.claim(node, session, Collections.singletonMap(vm, null))
                .join()
                .get(vm);
        return new VmHold(node, session, vm, Objects.requireNonNull(epoch));
    }

    private Execution inserted(Execution execution) {
        executions.intake().insert(execution, StartOptions.PLAIN, null, null).join();
        return execution;
    }

    private static OutputChunk stdout(long offset, String text) {
        return new OutputChunk(OutputStreamName.STDOUT, offset, text.getBytes(StandardCharsets.UTF_8));
    }

    private String output(Execution execution) {
        return new String(
                executions.reader().output(execution.id(), OutputStreamName.STDOUT, 0, 1000), StandardCharsets.UTF_8);
    }

    private static Execution ended(Execution running, int stdoutBytes) {
        return exited(running, new ExitStatus(0, null), new OutputSize(stdoutBytes, 0, false));
    }

    private static void fails(CompletableFuture<?> write, ErrorCode code) {
        assertThatThrownBy(write::join)
                .cause()
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    private static void fails(ThrowingCallable read, ErrorCode code) {
        assertThatThrownBy(read)
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    private long revision(Execution execution) {
        return executions.reader().revision(execution.id()).orElseThrow();
    }

    private List<AuditRecord> ends() {
        return new SqlAuditStore(temp.get())
                .after(0, AuditFilter.ALL).records().stream()
                        .filter(record -> record.action().equals(AuditRecord.EXECUTION_END))
                        .toList();
    }

    private long number(String query) {
        try (Connection connection = temp.connect();
                ResultSet row = connection.createStatement().executeQuery(query)) {
            return row.next() ? row.getLong(1) : 0;
        } catch (SQLException e) {
            throw new IllegalStateException(query, e);
        }
    }

    private Unfinished unfinished(Execution execution) {
        return executions.journal().unfinished().stream()
                .filter(one -> one.execution().id().equals(execution.id()))
                .findAny()
                .orElseThrow();
    }

    /** What a node can write, each kind once. */
    private List<Function<VmHold, CompletableFuture<?>>> writes(Execution pending) {
        ExecutionId id = pending.id();
        return List.of(
                with -> journal.ask(with, id, ASKED),
                with -> journal.opened(with, id, new OpenFiles(1L, 2L)),
                with -> journal.output(with, id, List.of(stdout(0, "x"))),
                with -> journal.update(with, 1, started(pending, 7), List.of(stdout(0, "x"))),
                with -> journal.cancel(with, id, Duration.ofSeconds(1)));
    }

    private void writesNothing(Execution pending, VmHold with, Class<? extends Exception> why) {
        Unfinished before = unfinished(pending);
        for (Function<VmHold, CompletableFuture<?>> write : writes(pending)) {
            assertThatThrownBy(() -> write.apply(with).join()).hasCauseInstanceOf(why);
        }
        assertThat(unfinished(pending)).isEqualTo(before);
        assertThat(output(pending)).isEmpty();
    }

    @Test
    void theHolderStoresALifeFromStartToEnd() {
        Execution pending = inserted(pending(1));
        journal.ask(hold, pending.id(), ASKED).join();
        journal.opened(hold, pending.id(), new OpenFiles(1L, null)).join();
        journal.cancel(hold, pending.id(), Duration.ofMillis(1500)).join();
        Unfinished seen = unfinished(pending);
        assertThat(seen.asked()).isEqualTo(ASKED);
        assertThat(seen.files()).isEqualTo(new OpenFiles(1L, null));
        assertThat(seen.cancelGrace()).isEqualTo(Duration.ofSeconds(2));

        Execution running = started(pending, 7);
        long first = journal.update(hold, 1, running, List.of()).join().revision();
        assertThat(executions.reader().find(pending.id())).hasValue(running);
        journal.output(hold, pending.id(), List.of(stdout(0, "ab"))).join();
        Execution end = ended(running, 4);
        long last =
                journal.update(hold, 2, end, List.of(stdout(2, "cd"))).join().revision();

        assertThat(last).isGreaterThan(first).isEqualTo(revision(pending));
        assertThat(executions.reader().find(pending.id())).hasValue(end);
        assertThat(output(pending)).isEqualTo("abcd");
        assertThat(ends())
                .singleElement()
                .satisfies(record ->
                        assertThat(record.executionId()).isEqualTo(pending.id().toString()));
        assertThat(quota.total()).isEqualTo(number("SELECT sum(stored_bytes) FROM executions"));
    }

    @Test
    void aNewerSessionEndsWhatTheOlderOneMayWrite() {
        Execution pending = inserted(pending(1));
        long session = hello(A);

        writesNothing(pending, hold, FencedException.class);
        writesNothing(pending, new VmHold(A, session, VM, hold.epoch()), FencedException.class);
        VmHold next = claim(A, session, VM);
        writesNothing(pending, new VmHold(A, session, VM, hold.epoch()), FencedException.class);
        writesNothing(pending, new VmHold(A, hold.session(), VM, next.epoch()), FencedException.class);
        journal.ask(next, pending.id(), ASKED).join();
        assertThat(unfinished(pending).asked()).isEqualTo(ASKED);
    }

    @Test
    void nobodyButTheHolderWrites() {
        Execution pending = inserted(pending(1));

        writesNothing(pending, new VmHold(B, others.session(), VM, hold.epoch()), FencedException.class);
        writesNothing(pending, new VmHold(B, hold.session(), VM, hold.epoch()), FencedException.class);
        writesNothing(pending, new VmHold(new NodeId("c"), hold.session(), VM, hold.epoch()), FencedException.class);
        writesNothing(pending, new VmHold(A, hold.session(), new VmId(3), hold.epoch()), FencedException.class);
    }

    /** It is no matter whether there is one of this id. */
    @Test
    void aHolderOfAnotherVmFindsNothing() {
        Execution pending = inserted(pending(1));
        writesNothing(pending, others, BellhopException.class);
        for (Function<VmHold, CompletableFuture<?>> write : writes(pending)) {
            fails(write.apply(others), ErrorCode.NOT_FOUND);
        }
        for (Function<VmHold, CompletableFuture<?>> write : writes(pending(2))) {
            fails(write.apply(others), ErrorCode.NOT_FOUND);
        }
    }

    @Test
    void aVmThatWasReleasedMovedOrTakenFromARevokedNodeIsAnothers() {
        Execution pending = inserted(pending(1));
        nodes.revoke(A).join();
        writesNothing(pending, hold, FencedException.class);
        temp.execute("UPDATE nodes SET revoked = FALSE");
        VmHold again = claim(A, hello(A), VM);
        nodes.release(again).join();
        writesNothing(pending, again, FencedException.class);
        VmHold third = claim(A, again.session(), VM);
        nodes.move(VM, B).join();
        writesNothing(pending, third, FencedException.class);
        VmHold moved = claim(B, others.session(), VM);
        nodes.remove(B, Duration.ZERO).join();
        writesNothing(pending, moved, FencedException.class);
    }

    /** So that whoever waits for one need not read it. */
    @Test
    void whatIsStoredOfAnEndIsWhatItsNodeTells() {
        OutputSize some = new OutputSize(2, 1, true);
        List<UnaryOperator<Execution>> ends = List.of(
                running -> ended(running, 4),
                running -> running.ended(
                        ExecutionState.EXITED,
                        new ExitStatus(null, null),
                        some,
                        running.createdAt().plusSeconds(9)),
                running -> running.ended(
                        ExecutionState.TIMED_OUT,
                        new ExitStatus(137, 9),
                        some,
                        running.createdAt().plusSeconds(9)),
                running -> running.ended(
                        ExecutionState.CANCELLED,
                        new ExitStatus(143, 15),
                        OutputSize.NONE,
                        running.createdAt().plusSeconds(9)),
                running -> running.lost(
                        Reason.GUEST_RESTARTED, some, running.createdAt().plusSeconds(9)));
        for (int i = 0; i < ends.size(); i++) {
            Execution pending = inserted(pending(1));
            Execution stored = executions.reader().find(pending.id()).orElseThrow();
            Execution told = ends.get(i).apply(started(pending, 7 + i));
            Updated updated = journal.update(hold, 1, told, List.of()).join();

            assertThat(updated).isEqualTo(new Updated(revision(pending), true));
            assertThat(executions.reader().find(pending.id())).hasValue(stored.endedAs(told));
        }
    }

    @Test
    void aRepeatedUpdateChangesNothing() {
        Execution running = started(inserted(pending(1)), 7);
        long revision = journal.update(hold, 3, running, List.of(stdout(0, "ab")))
                .join()
                .revision();
        long bytes = quota.total();

        Updated same = new Updated(revision, false);
        assertThat(journal.update(hold, 3, running, List.of(stdout(0, "xy"))).join())
                .isEqualTo(same);
        assertThat(journal.update(hold, 2, ended(running, 0), List.of()).join()).isEqualTo(same);
        assertThat(executions.reader().find(running.id())).hasValue(running);
        assertThat(output(running)).isEqualTo("ab");
        assertThat(quota.total()).isEqualTo(bytes);

        Execution end = ended(running, 2);
        long last = journal.update(hold, 4, end, List.of()).join().revision();
        for (long step = 3; step <= 6; step++) {
            assertThat(journal.update(hold, step, ended(running, 9), List.of(stdout(2, "x")))
                            .join())
                    .isEqualTo(new Updated(last, false));
        }
        assertThat(executions.reader().find(running.id())).hasValue(end);
        assertThat(output(running)).isEqualTo("ab");
        assertThat(ends()).hasSize(1);
        assertThat(quota.total()).isEqualTo(number("SELECT sum(stored_bytes) FROM executions"));
    }

    @Test
    void repeatedOutputCountsOnce() {
        Execution running = started(inserted(pending(1)), 7);
        journal.update(hold, 1, running, List.of()).join();
        journal.output(hold, running.id(), List.of(stdout(0, "ab"), stdout(2, "cd")))
                .join();
        long bytes = quota.total();
        long revision = revision(running);
        journal.output(hold, running.id(), List.of(stdout(0, "ab"), stdout(2, "cd")))
                .join();

        assertThat(output(running)).isEqualTo("abcd");
        assertThat(quota.total()).isEqualTo(bytes);
        assertThat(number("SELECT stored_bytes FROM executions")).isEqualTo(bytes);
        assertThat(revision(running)).as("the next update counts it").isEqualTo(revision);
    }

    /** Another process counts its steps from the beginning. */
    @Test
    void theNextHoldersFirstStepIsNewer() {
        Execution running = started(inserted(pending(1)), 7);
        journal.update(hold, 900, running, List.of()).join();
        VmHold next = claim(A, hello(A), VM);
        Execution end = ended(running, 0);

        journal.update(next, 1, end, List.of()).join();
        assertThat(executions.reader().find(running.id())).hasValue(end);
    }

    @Test
    void nothingIsStoredOfOneThatHasEnded() {
        Execution running = started(inserted(pending(1)), 7);
        journal.update(hold, 1, ended(running, 0), List.of()).join();
        long revision = revision(running);

        fails(journal.ask(hold, running.id(), ASKED), ErrorCode.EXECUTION_ENDED);
        journal.opened(hold, running.id(), new OpenFiles(1L, 2L)).join();
        journal.output(hold, running.id(), List.of(stdout(0, "late"))).join();
        journal.cancel(hold, running.id(), Duration.ZERO).join();
        assertThat(revision(running)).isEqualTo(revision);
        assertThat(output(running)).isEmpty();
    }

    /** A node that was broken into cannot have another account's trail say what that one did not do. */
    @Test
    void whoseAnExecutionIsStaysAsItWasStored() {
        Execution pending = inserted(startedUnder("mine", 1));
        Execution forged = Execution.pending(
                pending.id(),
                VM,
                TestExecutions.spec("rm", "another key", Tenant.account("other")),
                pending.createdAt());
        journal.update(hold, 1, ended(started(forged, 7), 0), List.of()).join();

        Execution stored = executions.reader().find(pending.id()).orElseThrow();
        assertThat(stored.spec()).isEqualTo(pending.spec());
        assertThat(ends()).singleElement().satisfies(record -> {
            assertThat(record.account()).isEqualTo("mine");
            assertThat(record.keyId()).isEqualTo(pending.spec().keyId());
        });
        assertThat(quota.total(Tenant.account("other"))).isZero();
    }

    @Test
    void anUpdateAboutAnotherVmIsTurnedAway() {
        Execution pending = inserted(pending(2));
        fails(journal.update(hold, 1, started(pending, 7), List.of()), ErrorCode.NOT_FOUND);
        Execution own = inserted(pending(1));
        Execution elsewhere = Execution.pending(own.id(), OTHER, own.spec(), own.createdAt());
        fails(journal.update(hold, 1, started(elsewhere, 7), List.of()), ErrorCode.NOT_FOUND);
        assertThat(executions.reader().find(pending.id())).hasValue(pending);
        assertThat(executions.reader().find(own.id())).hasValue(own);
    }

    @Test
    void nodesListWhatHasNotEndedInTheirVms() throws Exception {
        List<Execution> own = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            own.add(inserted(pending(1)));
            inserted(pending(2));
        }
        journal.update(hold, 1, ended(started(own.get(2), 7), 0), List.of()).join();
        own.remove(2);
        List<ExecutionId> ids = own.stream().map(Execution::id).toList();

        NodeJournal.Page page = journal.unfinished(A, hold.session(), null, null, 3);
        assertThat(page.executions()).extracting(one -> one.execution().id()).isEqualTo(ids.subList(0, 3));
        NodeJournal.Page rest = journal.unfinished(A, hold.session(), VM, page.last(), 3);
        assertThat(rest.executions()).extracting(one -> one.execution().id()).isEqualTo(ids.subList(3, 4));
        assertThat(rest.last()).isNull();
        assertThat(rest.executions().getFirst()).isEqualTo(unfinished(own.getLast()));
        assertThat(journal.unfinished(A, hold.session(), OTHER, null, 9).executions())
                .isEmpty();

        assertThatThrownBy(() -> journal.unfinished(A, hold.session() - 1, null, null, 9))
                .isInstanceOf(FencedException.class);
        long session = hello(A);
        assertThat(journal.unfinished(A, session, null, null, 9).executions())
                .as("before it has claimed any")
                .isEmpty();
        assertThatThrownBy(() -> journal.unfinished(A, hold.session(), null, null, 9))
                .isInstanceOf(FencedException.class);
    }

    @Test
    void theHolderReadsWhatItTakesToStart() throws Exception {
        String script = "echo ".repeat(2000);
        Execution pending = Execution.pending(
                pending(1).id(), VM, TestExecutions.spec(script, "0123456789ab"), TestExecutions.CREATED);
        StartOptions options = TestExecutions.stdinFollowing(Duration.ofSeconds(9));
        executions.intake().insert(pending, options, null, null).join();

        NodeJournal.Start start = journal.start(hold, pending.id()).orElseThrow();
        assertThat(start.command()).isEqualTo(pending.spec().command());
        assertThat(start.options()).isEqualTo(options);
        assertThat(journal.find(hold, pending.id())).isEqualTo(pending.shortened());
        assertThat(journal.sizes(hold, pending.id()).longBytes()).isGreaterThan(script.length());

        journal.update(hold, 1, started(pending, 7), List.of(stdout(0, "abc"))).join();
        assertThat(journal.start(hold, pending.id())).isEmpty();
        assertThat(journal.sizes(hold, pending.id()).output()).isEqualTo(new OutputSize(3, 0, false));
    }

    @Test
    void strangersReadNothing() {
        Execution pending = inserted(pending(1));
        VmHold stranger = new VmHold(B, others.session(), VM, hold.epoch());
        for (VmHold with : List.of(stranger, new VmHold(A, hold.session(), VM, hold.epoch() - 1))) {
            assertThatThrownBy(() -> journal.find(with, pending.id())).isInstanceOf(FencedException.class);
            assertThatThrownBy(() -> journal.sizes(with, pending.id())).isInstanceOf(FencedException.class);
            assertThatThrownBy(() -> journal.start(with, pending.id())).isInstanceOf(FencedException.class);
        }
        fails(() -> journal.find(others, pending.id()), ErrorCode.NOT_FOUND);
        fails(() -> journal.sizes(others, pending.id()), ErrorCode.NOT_FOUND);
        fails(() -> journal.start(others, pending.id()), ErrorCode.NOT_FOUND);
    }

    /** The older process writes as fast as it can, by one server, while the newer one says hello to another. */
    @Test
    void nothingOfAnOlderSessionIsStoredAfterHelloWasAnswered() {
        PostgresDatabase first = temp.clustered();
        try (PostgresDatabase second = temp.another()) {
            ExecutionStore store = new SqlExecutionStore(first, quota, EndEntries::of);
            NodeJournal old = new SqlNodeJournal(first, store, EndEntries::of);
            SqlClusterStore other = new SqlClusterStore(second, 10_000);
            Execution running = started(pending(1), 7);
            store.intake()
                    .insert(
                            Execution.pending(running.id(), VM, running.spec(), running.createdAt()),
                            StartOptions.PLAIN,
                            null,
                            null)
                    .join();
            String steps = "SELECT node_step FROM executions";
            VmHold held = hold;
            for (int round = 0; round < 20; round++) {
                VmHold now = held;
                List<CompletableFuture<Updated>> writes = new ArrayList<>();
                CompletableFuture<Long> hello = null;
                for (long step = 1; step <= 200; step++) {
                    writes.add(old.update(now, step, running, List.of()));
                    if (step == 10 + round) {
                        hello = other.hello(A, UUID.randomUUID(), 1, "1", 1);
                    }
                }
                long session = Objects.requireNonNull(hello).join();
                long then = number(steps);
                writes.forEach(write -> write.handle((done, failure) -> true).join());
                assertThat(number(steps)).isEqualTo(then);
                Long epoch = other.claim(A, session, Collections.singletonMap(VM, null))
                        .join()
                        .get(VM);
                held = new VmHold(A, session, VM, Objects.requireNonNull(epoch));
            }
        }
    }
}

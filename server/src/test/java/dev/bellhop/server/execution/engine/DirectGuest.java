// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionRequest;
import dev.bellhop.server.execution.ExecutionSnapshot;
import dev.bellhop.server.execution.FakeVm;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.execution.store.FailingStore;
import dev.bellhop.server.execution.store.MemoryStore;
import dev.bellhop.server.tenant.TenantFilter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The engine with a guest that does as it is told, and a store that fails when it is told. */
@Timeout(60)
abstract class DirectGuest {
    static final ExecutionRequest REQUEST = TestExecutions.request("x", "0123456789ab");

    @TempDir
    Path folder;

    final FailingStore store = new FailingStore(new MemoryStore());
    final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    FakeGuest guest;
    FakeVm vm;
    TestEngine executions;

    @BeforeEach
    void startGuest() {
        guest = new FakeGuest(folder.resolve("a.sock"));
        vm = new FakeVm(guest.agent().socket());
        executions = engine();
    }

    Execution start(long pid, String output) {
        guest.nextIs(pid, output);
        return executions.start(FakeVm.ID, REQUEST, Deadline.after(Duration.ofSeconds(30)));
    }

    @AfterEach
    void stopGuest() {
        executions.close();
        vm.close();
        guest.close();
    }

    TestEngine engine() {
        return engine(execution -> true);
    }

    TestEngine engine(Predicate<Execution> mayStart) {
        return new TestEngine(store, vm, TestExecutions.DIRECT, Clock.systemUTC(), registry, mayStart);
    }

    static ConditionFactory eventually() {
        return Awaitility.await().atMost(Duration.ofSeconds(30)).pollInterval(Duration.ofMillis(5));
    }

    Execution ended(Execution execution) {
        return eventually()
                .until(() -> stored(execution), found -> found.state().isFinal());
    }

    Execution stored(Execution execution) {
        return store.find(execution.id()).orElseThrow();
    }

    String output(long pid) {
        ExecutionSnapshot snapshot = executions
                .findByPid(FakeVm.ID, pid, TenantFilter.all(), Duration.ZERO)
                .orElseThrow();
        return new String(Objects.requireNonNull(snapshot.stdout()), StandardCharsets.UTF_8);
    }

    static Deadline soon() {
        return Deadline.after(Duration.ofSeconds(30));
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.guest.AgentHealth;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.PowerState;
import dev.bellhop.server.vm.VmId;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Operations that another process has stored, as in a cluster: each is done once, whichever way it is heard of. */
@Timeout(60)
class OrderedOperationsTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    @TempDir
    private Path folder;

    private final MemoryOperationStore store = new MemoryOperationStore();
    private final Clock clock = Clock.systemUTC();
    private SwitchedVm vm;
    private Operations operations;

    @BeforeEach
    void start() {
        vm = new SwitchedVm(folder, clock);
        operations = new Operations(
                store,
                new VmDirectory(List.of(vm)),
                new AgentHealth(clock),
                new OperationSettings(LONG, Duration.ofSeconds(5), LONG, Duration.ofMillis(300), Duration.ofSeconds(5)),
                clock,
                operation -> true);
    }

    @AfterEach
    void stop() {
        operations.close();
        vm.close();
    }

    private Operation stored(VmId id, OperationAction action) {
        Operation operation = Operation.waiting(
                OperationId.at(clock.millis()),
                id,
                new OperationRequest(action, true, Duration.ZERO, "0123456789ab", Tenant.operator(), null),
                clock.instant().truncatedTo(ChronoUnit.MILLIS));
        assertThat(store.insert(operation).join()).isTrue();
        return operation;
    }

    private Operation ended(Operation operation) {
        return Awaitility.await()
                .until(
                        () -> store.find(operation.id()).orElseThrow(),
                        stored -> stored.state().isFinal());
    }

    @Test
    void anOrderThatArrivesTwiceAndIsFoundInTheStoreIsDoneOnce() {
        Operation restart = stored(vm.id(), OperationAction.RESTART);
        assertThat(operations.order(restart)).isEqualTo(restart.id());
        assertThat(operations.order(restart)).isEqualTo(restart.id());
        assertThat(operations.takeUp(List.of(restart))).isZero();
        assertThat(ended(restart).state()).isEqualTo(OperationState.COMPLETED);
        assertThat(ended(restart).steps()).extracting(OperationStep::kind).doesNotHaveDuplicates();
    }

    @Test
    void oneThatIsFoundInTheStoreIsDone() {
        Operation restart = stored(vm.id(), OperationAction.RESTART);
        assertThat(operations.takeUp(List.of(restart)))
                .as("it may just be ordered")
                .isZero();
        Awaitility.await().until(() -> operations.takeUp(List.of(restart)) == 1);
        assertThat(operations.order(restart)).as("late").isEqualTo(restart.id());
        assertThat(ended(restart).state()).isEqualTo(OperationState.COMPLETED);
    }

    @Test
    void anotherThatWantsTheSameStandsForIt() {
        vm.whenStop = () -> {};
        Operation first = stored(vm.id(), OperationAction.STOP);
        Operation second = stored(vm.id(), OperationAction.STOP);
        Operation other = stored(vm.id(), OperationAction.RESTART);
        operations.order(first);
        assertThat(operations.order(second)).isEqualTo(first.id());
        assertThat(operations.takeUp(List.of(second))).as("not beside it").isZero();
        assertThatThrownBy(() -> operations.order(other))
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.OPERATION_UNDER_WAY));
    }

    /** Its VM has moved to another node, and comes back. */
    @Test
    void whatIsLetGoOfIsLeftAsItIs() {
        vm.whenStop = () -> {};
        Operation stop = stored(vm.id(), OperationAction.STOP);
        operations.order(stop);
        Awaitility.await()
                .until(() -> !store.find(stop.id()).orElseThrow().steps().isEmpty());
        operations.letGo(vm.id());
        Awaitility.await().until(() -> operations.takeUp(store.unfinished()) == 1);
        assertThat(store.find(stop.id()).orElseThrow().state().isFinal()).isFalse();
        vm.state(PowerState.STOPPED);
        assertThat(ended(stop).state()).isEqualTo(OperationState.COMPLETED);
    }

    @Test
    void aVmThatIsNotHereIsToldSo() {
        Operation elsewhere = stored(new VmId(99), OperationAction.STOP);
        assertThatThrownBy(() -> operations.order(elsewhere))
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND));
    }
}

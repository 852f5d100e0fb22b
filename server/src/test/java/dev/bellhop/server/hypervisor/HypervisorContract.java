// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.qga.NotConnectedException;
import dev.bellhop.qga.NotConnectedException.Reason;
import dev.bellhop.server.vm.PowerState;
import dev.bellhop.server.vm.VmId;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every hypervisor does. */
public abstract class HypervisorContract {
    /** The one VM there is, which runs. */
    protected static final VmId VM = new VmId(10000);

    private static final Deadline DEADLINE = Deadline.after(Duration.ofMinutes(5));

    @TempDir
    private Path folder;

    private Hypervisor hypervisor;

    /** A hypervisor of that VM, with what it is made of in this folder. */
    protected abstract Hypervisor open(Path folder) throws Exception;

    @BeforeEach
    void open() throws Exception {
        hypervisor = open(folder);
    }

    @AfterEach
    void close() {
        hypervisor.close();
    }

    private VirtualMachine vm() {
        await().until(() -> hypervisor.find(VM).isPresent());
        return hypervisor.find(VM).orElseThrow();
    }

    @Test
    void itsVmsAreFoundAndNoOthers() {
        assertThat(vm().id()).isEqualTo(VM);
        assertThat(hypervisor.vms()).containsExactly(VM);
        assertThat(hypervisor.find(new VmId(1))).isEmpty();
    }

    @Test
    void aVmHasTheSameAgentEachTime() {
        assertThat(vm().agent()).isSameAs(vm().agent());
    }

    @Test
    void aVmThatRunsIsSaidTo() {
        assertThat(vm().state(DEADLINE).power()).isEqualTo(PowerState.RUNNING);
    }

    @Test
    void nothingFailsForWantOfTime() {
        Deadline passed = Deadline.after(Duration.ZERO);
        assertThat(vm().state(passed)).isNotNull();
        assertThat(vm().channel(passed)).isNotNull();
        assertThat(vm().usage(passed)).isNotNull();
    }

    @Test
    void anAgentThatIsNotThereHasDoneNothing() {
        AgentException e = catchThrowableOfType(
                AgentException.class,
                () -> vm().agent().exec(ExecCommand.of("/bin/true"), Deadline.after(Duration.ofMillis(300))));
        assertThat(e).isNotNull();
        assertThat(e.mayHaveActed()).isFalse();
    }

    @Test
    void afterTheEndAgentsAreClosed() {
        VirtualMachine vm = vm();
        hypervisor.close();
        assertThatThrownBy(() -> vm.agent().ping(DEADLINE))
                .isInstanceOfSatisfying(
                        NotConnectedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.CLOSED));
    }
}

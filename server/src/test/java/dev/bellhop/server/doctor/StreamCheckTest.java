// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.server.doctor.Check.Status;
import dev.bellhop.server.hypervisor.StreamPort;
import dev.bellhop.server.hypervisor.StreamPorts;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.hypervisor.VmPower;
import dev.bellhop.server.stream.StreamState;
import dev.bellhop.server.stream.StreamUnavailableException.Reason;
import dev.bellhop.server.vm.PowerState;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StreamCheckTest {
    private static final StreamState UNTRIED = new StreamState.Untried();

    private boolean hasStreams = true;
    private boolean hasMonitor = true;
    private Set<String> programs = Set.of("perl");

    private Check check(StreamState state) {
        return new StreamCheck(new Vm(), state, new Packages(null))
                .check(new GuestTools(programs, true, null, null, null));
    }

    private static StreamState failed(Reason reason, String why) {
        return new StreamState.Failed(reason, why, Duration.ofSeconds(90));
    }

    @Test
    void oneThatIsOpenIsSaidToBe() {
        // Whatever the guest's script finds: it is there.
        programs = Set.of();
        Check check = check(new StreamState.Open());
        assertThat(check.status()).isEqualTo(Status.OK);
        assertThat(check.found()).contains("is open");
    }

    @Test
    void oneThatNobodyTriedIsNotSaidToWork() {
        Check check = check(UNTRIED);
        assertThat(check.status()).isEqualTo(Status.OK);
        assertThat(check.found()).contains("was not tried yet", "should work", "perl");
    }

    @Test
    void oneThatWasOpenBeforeIsSaidToHaveBeen() {
        assertThat(check(new StreamState.Worked()).found()).contains("was open");
        programs = Set.of();
        assertThat(check(new StreamState.Worked()).status()).isEqualTo(Status.WARNING);
    }

    @Test
    void theLastFailureIsToldWithItsReasonAndWhatToDo() {
        Check check = check(failed(Reason.HYPERVISOR, "QEMU did not connect to /run/bellhop/1.sock"));
        assertThat(check.status()).isEqualTo(Status.WARNING);
        assertThat(check.found()).contains("1 min ago", "because its hypervisor did not plug a port", "slower");
        assertThat(check.advice()).contains("folder");
        assertThat(check(failed(Reason.NO_PORT, "the guest does not show it")).advice())
                .contains("modprobe virtio_console");
        assertThat(check(failed(Reason.PORT_BUSY, "another process has it")).advice())
                .contains("fuser");
    }

    @ParameterizedTest
    @EnumSource(Reason.class)
    void eachFailureHasAnAdvice(Reason reason) {
        Check check = check(failed(reason, "of a test"));
        assertThat(check.status()).isEqualTo(Status.WARNING);
        assertThat(check.found()).contains("failed because ").doesNotContain("of a test");
        assertThat(new Checkup(List.of(check), Instant.EPOCH)
                        .forOperator()
                        .checks()
                        .getFirst()
                        .found())
                .isEqualTo(check.found() + ". In the host's words: of a test");
        assertThat(check.advice()).isNotEmpty();
    }

    @Test
    void whatIsMissingNowIsSaidBeforeWhatFailedOnce() {
        programs = Set.of();
        assertThat(check(UNTRIED).found()).contains("neither perl nor python3");
        assertThat(check(failed(Reason.NO_INTERPRETER, "of a test")).found()).contains("neither perl nor python3");
        hasMonitor = false;
        assertThat(check(UNTRIED).advice()).contains("monitor");
    }

    @Test
    void whatIsSwitchedOffIsNoTrouble() {
        hasStreams = false;
        assertThat(check(UNTRIED).status()).isEqualTo(Status.SKIPPED);
    }

    private final class Vm implements VirtualMachine, StreamPorts, VmPower {
        @Override
        public VmId id() {
            return new VmId(1);
        }

        @Override
        public GuestAgent agent() {
            throw new UnsupportedOperationException();
        }

        @Override
        public VmState state(Deadline deadline) {
            return VmState.of(PowerState.RUNNING);
        }

        @Override
        public Optional<VmPower> power() {
            return Optional.of(this);
        }

        @Override
        public Optional<String> missing(Switch which) {
            return hasMonitor ? Optional.empty() : Optional.of("there is no monitor");
        }

        @Override
        public void press(Switch which, Deadline deadline) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Optional<StreamPorts> streamPorts() {
            return hasStreams ? Optional.of(this) : Optional.empty();
        }

        @Override
        public StreamPort plug(Deadline deadline) {
            throw new AssertionError("to look plugs nothing");
        }

        @Override
        public void removeLeftovers(Deadline deadline) {
            throw new AssertionError("to look changes nothing");
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.operation;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.AgentTimeoutException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.NotConnectedException;
import dev.bellhop.qga.ShutdownMode;
import dev.bellhop.server.guest.AgentHealth;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.hypervisor.VmPower;
import dev.bellhop.server.hypervisor.VmPower.Switch;
import dev.bellhop.server.hypervisor.VmPowerException;
import dev.bellhop.server.vm.PowerState;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Makes one guest reboot by itself. It has rebooted if its boot id has changed, which its kernel generates at each
 * boot; if that is unreadable, an agent that was silent and answers again is the sign. For one thread.
 */
final class RebootWork {
    private static final Duration PAUSE = Duration.ofMillis(500);
    private static final Duration LOOK = Duration.ofSeconds(2);

    private static final String BOOT_ID = "/proc/sys/kernel/random/boot_id";
    private static final int MAX_BOOT_ID = 64;

    private final VirtualMachine vm;
    private final VmPower power;
    private final AgentHealth health;
    private final OperationSettings settings;
    private final OperationProgress steps;
    private final OperationRequest request;

    RebootWork(
            VirtualMachine vm, VmPower power, AgentHealth health, OperationSettings settings, OperationProgress steps) {
        this.vm = vm;
        this.power = power;
        this.health = health;
        this.settings = settings;
        this.steps = steps;
        this.request = steps.operation().request();
    }

    void begin() throws OperationFailedException {
        PowerState now = vm.state(Deadline.after(settings.call())).power();
        if (now == PowerState.STOPPED) {
            throw new OperationFailedException("it is off; start it");
        }
        if (now == PowerState.PAUSED) {
            throw new OperationFailedException("it is paused, and its guest can do nothing; resume it");
        }
        Deadline grace = Deadline.after(request.grace());
        String before = boot();
        String refusal = askAgent(grace);
        if (refusal == null && awaitBoot(before, grace)) {
            return;
        }
        if (!request.force()) {
            throw new OperationFailedException(
                    refusal == null
                            ? "its guest agent was asked, and the guest has not started again in "
                                    + request.grace().toSeconds() + " seconds; use force to have it reset"
                            : "its guest agent could not be asked, as " + refusal + "; use force to have it reset");
        }
        reset();
    }

    /** Resumes without repeating a reboot that may be in progress. */
    void takeUp() throws OperationFailedException {
        if (!steps.operation().steps().isEmpty()) {
            throw new OperationFailedException(
                    "the server was stopped meanwhile, and whether the guest has started again cannot be told");
        }
        begin();
    }

    /** Asks the agent. Returns why that failed; absent if it worked. */
    private @Nullable String askAgent(Deadline grace) throws OperationFailedException {
        steps.begin(OperationStep.Kind.ASKING_AGENT);
        Duration left = grace.remaining();
        try {
            vm.agent().shutdown(ShutdownMode.REBOOT, Deadline.after(min(settings.ask(), left)));
            return null;
        } catch (AgentException e) {
            return health.why(vm, e);
        }
    }

    private static Duration min(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private boolean awaitBoot(@Nullable String before, Deadline grace) throws OperationFailedException {
        boolean wasSilent = false;
        while (true) {
            steps.requireOwner();
            boolean answers = answers(vm.agent());
            String now = answers ? boot() : null;
            if ((before != null && now != null) ? !now.equals(before) : answers && wasSilent) {
                return true;
            }
            wasSilent |= !answers;
            if (vm.state(Deadline.after(settings.call())).power() == PowerState.STOPPED) {
                throw new OperationFailedException("its guest has switched itself off instead; start it");
            }
            if (grace.hasPassed()) {
                return false;
            }
            steps.pause(min(PAUSE, grace.remaining()));
        }
    }

    private static boolean answers(GuestAgent agent) {
        try {
            agent.ping(Deadline.after(LOOK));
            return true;
        } catch (AgentTimeoutException | NotConnectedException e) {
            return false;
        } catch (AgentException e) {
            return true;
        }
    }

    /** Returns the id of the guest's current boot; absent if the guest does not report it. */
    private @Nullable String boot() {
        GuestAgent agent = vm.agent();
        Deadline deadline = Deadline.after(LOOK);
        try {
            long file = agent.fileOpen(BOOT_ID, "r", deadline);
            byte[] read = agent.fileRead(file, MAX_BOOT_ID, deadline).data();
            agent.fileClose(file, deadline);
            return read.length == 0 ? null : new String(read, StandardCharsets.ISO_8859_1);
        } catch (AgentException e) {
            return null;
        }
    }

    private void reset() throws OperationFailedException {
        steps.begin(OperationStep.Kind.RESETTING);
        try {
            power.press(Switch.RESET, Deadline.after(settings.call()));
        } catch (VmPowerException e) {
            throw new OperationFailedException(String.valueOf(e.getMessage()));
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.operation;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.server.guest.AgentHealth;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.hypervisor.VmPower;
import dev.bellhop.server.hypervisor.VmPower.Switch;
import dev.bellhop.server.hypervisor.VmPowerException;
import dev.bellhop.server.hypervisor.VmPowerException.Kind;
import dev.bellhop.server.vm.PowerState;
import dev.bellhop.server.vm.VmState;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Carries out one operation on a VM, step by step: each step is recorded, taken, then awaited, and before each the
 * hypervisor is queried for the VM's state. For one thread.
 *
 * <p>An operation of another server resumes from the recorded steps and the VM's current state. A step that may have
 * been taken and would do harm twice is not repeated: a start or a reset that may be in progress, and anything on a VM
 * that may have been off since and been started again by another program.
 */
final class PowerWork {
    /** Polling interval, at first and later. */
    private static final Duration SOON = Duration.ofMillis(100);

    private static final Duration LATER = Duration.ofMillis(500);
    private static final Duration FIRST_LOOKS = Duration.ofSeconds(3);

    /** A process that was started this much later than a step is a different process: the clocks of the two differ. */
    private static final Duration CLEARLY_LATER = Duration.ofSeconds(2);

    /** An operation older than this plus its grace period is no longer expected by its caller. */
    private static final Duration STALE = Duration.ofHours(1);

    private static final String UNCERTAIN = "the server was stopped meanwhile, and ";

    private final VirtualMachine vm;
    private final VmPower power;
    private final AgentHealth health;
    private final OperationSettings settings;
    private final OperationProgress steps;
    private final OperationRequest request;

    PowerWork(
            VirtualMachine vm, VmPower power, AgentHealth health, OperationSettings settings, OperationProgress steps) {
        this.vm = vm;
        this.power = power;
        this.health = health;
        this.settings = settings;
        this.steps = steps;
        this.request = steps.operation().request();
    }

    void begin() throws OperationFailedException {
        switch (request.action()) {
            case START -> start();
            case SHUTDOWN -> shutDown();
            case STOP -> stop();
            case RESTART -> {
                shutDown();
                startAgain();
            }
            case RESET -> reset();
            case REBOOT -> throw notOfPower();
        }
    }

    void takeUp() throws OperationFailedException {
        VmState now = look();
        boolean old = steps.operation()
                .createdAt()
                .plus(request.timeForGuest())
                .plus(STALE)
                .isBefore(steps.now());
        switch (request.action()) {
            case START -> {
                if (began(OperationStep.Kind.STARTING)) {
                    awaitStart();
                } else {
                    requireFresh(old && isOff(now));
                    start();
                }
            }
            case SHUTDOWN, STOP -> {
                if (!hasBeenOff(now)) {
                    requireFresh(old);
                    requireSame(now);
                    begin();
                }
            }
            case RESTART -> takeUpRestart(now, old);
            case RESET -> {
                if (began(OperationStep.Kind.RESETTING)) {
                    throw new OperationFailedException(UNCERTAIN + "whether it was reset before that cannot be told");
                }
                requireFresh(old);
                reset();
            }
            case REBOOT -> throw notOfPower();
        }
    }

    private static IllegalStateException notOfPower() {
        return new IllegalStateException("a guest reboots by itself: see RebootWork");
    }

    private void takeUpRestart(VmState now, boolean old) throws OperationFailedException {
        if (began(OperationStep.Kind.STARTING)) {
            awaitStart();
        } else if (began(OperationStep.Kind.OFF) || isOff(now)) {
            if (isOff(now)) {
                requireFresh(old);
                startAgain();
            }
        } else if (!hasBeenOff(now)) {
            requireFresh(old);
            requireSame(now);
            begin();
        }
    }

    private static void requireFresh(boolean old) throws OperationFailedException {
        if (old) {
            throw new OperationFailedException(
                    "the server was stopped for more than an hour before it was done; ask for it again");
        }
    }

    /** If a step was already taken, requires certainty that the VM has not been off and started since. */
    private void requireSame(VmState now) throws OperationFailedException {
        if (!steps.operation().steps().isEmpty() && now.uptime() == null) {
            throw new OperationFailedException(UNCERTAIN + "it runs; whether it was off in between cannot be told");
        }
    }

    private boolean began(OperationStep.Kind kind) {
        return steps.operation().first(kind).isPresent();
    }

    private void start() throws OperationFailedException {
        VmState now = look();
        if (now.power() == PowerState.PAUSED) {
            throw new OperationFailedException("it is paused; resume it in its hypervisor");
        }
        if (now.power() == PowerState.STOPPING) {
            requireOff(settings.change(), "it is shutting down, and has not ended in time");
        }
        if (isOff(look())) {
            switchOn();
        }
    }

    private void startAgain() throws OperationFailedException {
        if (!began(OperationStep.Kind.OFF)) {
            steps.begin(OperationStep.Kind.OFF);
        }
        start();
    }

    private void switchOn() throws OperationFailedException {
        steps.begin(OperationStep.Kind.STARTING);
        try {
            power.press(Switch.START, Deadline.after(settings.start()));
        } catch (VmPowerException e) {
            failUnlessUnsure(e);
            if (!awaitUp()) {
                throw new OperationFailedException(String.valueOf(e.getMessage()));
            }
            return;
        }
        if (!awaitUp()) {
            VmState now = vm.state(Deadline.after(settings.call()));
            throw new OperationFailedException(
                    now.power() == PowerState.UNKNOWN
                            ? "it was started, and " + unknown(now)
                            : "it does not run " + settings.change().toSeconds() + " seconds after it was started");
        }
    }

    /** Waits for another server's start, which may still be in progress. */
    private void awaitStart() throws OperationFailedException {
        if (!awaitUp()) {
            throw new OperationFailedException("the server was stopped while it was started, and it does not run");
        }
    }

    private void shutDown() throws OperationFailedException {
        VmState now = look();
        if (isOff(now)) {
            return;
        }
        if (now.power() == PowerState.PAUSED && !request.force()) {
            throw new OperationFailedException("it is paused, and its guest can do nothing; resume it, or use force");
        }
        Deadline grace = Deadline.after(request.grace());
        String asked = askAgent(grace);
        if (asked == null && awaitOff(request.grace().dividedBy(2))) {
            return;
        }
        String pressed = pressButton();
        if (awaitOff(grace.remaining())) {
            return;
        }
        if (!request.force()) {
            throw new OperationFailedException("its guest has not switched itself off in "
                    + request.grace().toSeconds() + " seconds, and it still runs: "
                    + (asked == null ? "its guest agent was asked" : "its guest agent could not be asked, as " + asked)
                    + (pressed == null
                            ? ", and its power button pressed"
                            : ", and its power button could not be pressed, as " + pressed)
                    + "; use force to have it switched off");
        }
        pullPlug();
    }

    /** Asks the agent. Returns why that failed; absent if it worked. */
    private @Nullable String askAgent(Deadline grace) throws OperationFailedException {
        steps.begin(OperationStep.Kind.ASKING_AGENT);
        Duration left = grace.remaining();
        Duration ask = settings.ask().compareTo(left) < 0 ? settings.ask() : left;
        try {
            vm.agent().powerdown(Deadline.after(ask));
            return null;
        } catch (AgentException e) {
            return health.why(vm, e);
        }
    }

    /** Presses the button. Returns why that failed; absent if it worked. */
    private @Nullable String pressButton() throws OperationFailedException {
        if (hasBeenOff(look())) {
            return null;
        }
        steps.begin(OperationStep.Kind.PRESSING_BUTTON);
        try {
            power.press(Switch.POWER_BUTTON, Deadline.after(settings.call()));
            return null;
        } catch (VmPowerException e) {
            return e.getMessage();
        }
    }

    private void stop() throws OperationFailedException {
        if (!isOff(look())) {
            pullPlug();
        }
    }

    private void pullPlug() throws OperationFailedException {
        if (hasBeenOff(look())) {
            return;
        }
        steps.begin(OperationStep.Kind.PULLING_PLUG);
        String trouble = "";
        try {
            power.press(Switch.STOP, Deadline.after(settings.call()));
        } catch (VmPowerException e) {
            if (hasBeenOff(look())) {
                return;
            }
            failUnlessUnsure(e);
            trouble = ": " + e.getMessage();
        }
        requireOff(
                settings.change(),
                "it still runs " + settings.change().toSeconds() + " seconds after it was switched off" + trouble);
    }

    private void reset() throws OperationFailedException {
        if (isOff(look())) {
            throw new OperationFailedException("it is off; start it");
        }
        steps.begin(OperationStep.Kind.RESETTING);
        try {
            power.press(Switch.RESET, Deadline.after(settings.call()));
        } catch (VmPowerException e) {
            throw new OperationFailedException(
                    e.getMessage() + (e.kind() == Kind.UNREACHABLE ? "; it may have been reset" : ""));
        }
    }

    private static void failUnlessUnsure(VmPowerException e) throws OperationFailedException {
        if (e.kind() != Kind.UNREACHABLE) {
            throw new OperationFailedException(String.valueOf(e.getMessage()));
        }
    }

    /** Returns why nothing is done to a VM in an unknown state, to follow "because". */
    static String unknown(VmState state) {
        return state.unknownBecause() == null
                ? "its hypervisor does not say what it is doing; try again when it does"
                : "what it is doing is unknown: " + state.unknownBecause();
    }

    /** Queries the VM's state until the hypervisor knows it. */
    private VmState look() throws OperationFailedException {
        Deadline deadline = Deadline.after(settings.call());
        while (true) {
            VmState now = vm.state(deadline);
            if (now.power() != PowerState.UNKNOWN) {
                return now;
            }
            if (deadline.hasPassed()) {
                throw new OperationFailedException(unknown(now));
            }
            steps.pause(SOON);
        }
    }

    private static boolean isOff(VmState now) {
        return now.power() == PowerState.STOPPED;
    }

    /** Returns whether the VM is off, or has been off since the order and was started again by another program. */
    private boolean hasBeenOff(VmState now) {
        Optional<Duration> told = Stream.of(OperationStep.Kind.ASKING_AGENT, OperationStep.Kind.PULLING_PLUG)
                .flatMap(kind -> steps.since(kind).stream())
                .max(Duration::compareTo);
        return isOff(now)
                || (now.uptime() != null
                        && told.isPresent()
                        && now.uptime().plus(CLEARLY_LATER).compareTo(told.get()) < 0);
    }

    private void requireOff(Duration longest, String why) throws OperationFailedException {
        if (!awaitOff(longest)) {
            throw new OperationFailedException(why);
        }
    }

    private boolean awaitOff(Duration longest) throws OperationFailedException {
        return await(longest, this::hasBeenOff);
    }

    private boolean awaitUp() throws OperationFailedException {
        return await(settings.change(), now -> !isOff(now) && now.power() != PowerState.UNKNOWN);
    }

    private boolean await(Duration longest, Predicate<VmState> wanted) throws OperationFailedException {
        Deadline deadline = Deadline.after(longest);
        Deadline first = Deadline.after(FIRST_LOOKS);
        while (true) {
            if (wanted.test(vm.state(Deadline.after(settings.call())))) {
                return true;
            }
            Duration left = deadline.remaining();
            if (left.isZero()) {
                return false;
            }
            steps.requireOwner();
            Duration pause = first.hasPassed() ? LATER : SOON;
            steps.pause(pause.compareTo(left) < 0 ? pause : left);
        }
    }
}

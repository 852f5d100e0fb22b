// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.operation;

import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.qga.client.AgentClient;
import dev.bellhop.server.hypervisor.Hypervisor;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.hypervisor.VmPower;
import dev.bellhop.server.hypervisor.VmPowerException;
import dev.bellhop.server.vm.PowerState;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmState;
import dev.bellhop.testkit.FakeAgent;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** A hypervisor of VM 1 alone, whose switches do what a test says and note that they were pressed. */
final class SwitchedVm implements Hypervisor, VirtualMachine, VmPower {
    static final VmId ID = new VmId(1);

    private final FakeAgent fakeAgent;
    private final GuestAgent agent;
    private final Clock clock;
    private final List<String> pressed = new CopyOnWriteArrayList<>();
    private final Map<Switch, VmPowerException> troubles = new EnumMap<>(Switch.class);
    private final Map<Switch, String> missing = new EnumMap<>(Switch.class);
    private volatile PowerState state = PowerState.RUNNING;
    private volatile @Nullable Instant since;

    /** What pressing does; that of the agent is what its guest does when it is asked. */
    volatile Runnable whenAsked = () -> {};

    volatile Runnable whenButton = () -> {};
    volatile Runnable whenStop = () -> state(PowerState.STOPPED);
    volatile Runnable whenStart = () -> state(PowerState.RUNNING);

    SwitchedVm(Path folder, Clock clock) {
        this.clock = clock;
        fakeAgent = FakeAgent.start(folder.resolve("a"));
        fakeAgent.on("guest-shutdown", (request, wire) -> {
            pressed.add("agent");
            whenAsked.run();
            // As the end of the guest does. Another that obeys is silent.
            wire.hangUp();
        });
        agent = AgentClient.onUnixSocket(fakeAgent.socket(), GuestAgentOptions.defaults());
        since = clock.instant();
    }

    FakeAgent fakeAgent() {
        return fakeAgent;
    }

    List<String> pressed() {
        return pressed;
    }

    void state(PowerState newState) {
        state = newState;
        since = newState == PowerState.STOPPED ? null : clock.instant();
    }

    void runsSince(Instant time) {
        since = time;
    }

    /** It is not known since when it runs. */
    void forgetUptime() {
        since = null;
    }

    void trouble(Switch which, VmPowerException trouble) {
        troubles.put(which, trouble);
    }

    void lacks(Switch which, String why) {
        missing.put(which, why);
    }

    @Override
    public SortedSet<VmId> vms() {
        return new TreeSet<>(List.of(ID));
    }

    @Override
    public Optional<VirtualMachine> find(VmId id) {
        return id.equals(ID) ? Optional.of(this) : Optional.empty();
    }

    @Override
    public VmId id() {
        return ID;
    }

    @Override
    public GuestAgent agent() {
        return agent;
    }

    @Override
    public VmState state(Deadline deadline) {
        Instant running = since;
        return new VmState(state, null, running == null ? null : Duration.between(running, clock.instant()));
    }

    @Override
    public Optional<VmPower> power() {
        return Optional.of(this);
    }

    @Override
    public Optional<String> missing(Switch which) {
        return Optional.ofNullable(missing.get(which));
    }

    @Override
    public void press(Switch which, Deadline deadline) throws VmPowerException {
        pressed.add(which == Switch.POWER_BUTTON ? "button" : which.name().toLowerCase(Locale.ROOT));
        VmPowerException trouble = troubles.get(which);
        if (trouble != null) {
            throw trouble;
        }
        switch (which) {
            case START -> whenStart.run();
            case POWER_BUTTON -> whenButton.run();
            case STOP -> whenStop.run();
            case RESET -> {}
        }
    }

    @Override
    public void close() {
        agent.close();
        fakeAgent.close();
    }
}

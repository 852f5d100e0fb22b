// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.clock;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.RpcDisabledException;
import dev.bellhop.qga.RpcMissingException;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.guest.AgentCalls;
import dev.bellhop.server.guest.ClockDifference;
import dev.bellhop.server.guest.question.LocalGuests;
import dev.bellhop.server.vm.VmId;
import java.time.Clock;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Sets the clocks of this process's guests. Thread safe. */
public final class GuestClocks {
    private static final Duration TIMEOUT = Duration.ofSeconds(15);

    /** A guest whose clock is within this has accepted the time, even if it reports an error. */
    private static final Duration CLOSE = Duration.ofSeconds(1);

    private final AgentCalls calls;
    private final Clock host;

    /** @param host the reference clock */
    public GuestClocks(AgentCalls calls, Clock host) {
        this.calls = calls;
        this.host = host;
    }

    /** Adds the handler of its question. */
    public void answer(LocalGuests guests) {
        guests.with(
                SetClock.KIND,
                (vm, question) -> calls.change(
                        vm,
                        what(vm),
                        Deadline.after(TIMEOUT),
                        (agent, deadline) -> set(vm, agent, question.source(), deadline)));
    }

    private static String what(VmId vm) {
        return "set the clock of VM " + vm;
    }

    private ClockChange set(VmId vm, GuestAgent agent, ClockSource source, Deadline deadline) throws AgentException {
        Duration before = difference(agent, deadline);
        boolean isRefused = false;
        try {
            set(agent, source, deadline);
        } catch (AgentErrorException e) {
            isRefused = true; // The error may come only from the later step that sets the hardware's clock.
        }
        Duration after = difference(agent, deadline);
        if (isRefused && (source == ClockSource.HARDWARE || !isClose(after))) {
            throw new BellhopException(
                    ErrorCode.GUEST_REFUSED,
                    "Cannot " + what(vm)
                            + " because the guest refused it: its agent sets no clock without hwclock (package"
                            + " util-linux), and may not be allowed to");
        }
        return new ClockChange(before, after, source == ClockSource.HARDWARE ? null : !isRefused);
    }

    private void set(GuestAgent agent, ClockSource source, Deadline deadline) throws AgentException {
        switch (source) {
            case HOST -> agent.setTime(host.instant(), deadline);
            case HARDWARE -> agent.setTimeFromHardware(deadline);
        }
    }

    /** Absent if the guest does not report its time. */
    private @Nullable Duration difference(GuestAgent agent, Deadline deadline) throws AgentException {
        try {
            return ClockDifference.measure(agent, host, deadline);
        } catch (RpcMissingException | RpcDisabledException | AgentErrorException e) {
            return null;
        }
    }

    private static boolean isClose(@Nullable Duration difference) {
        return difference != null && difference.abs().compareTo(CLOSE) < 0;
    }
}

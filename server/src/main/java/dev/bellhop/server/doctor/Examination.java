// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.doctor;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.AgentInfo;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.OsInfo;
import dev.bellhop.server.guest.AgentHealth;
import dev.bellhop.server.guest.AgentReport;
import dev.bellhop.server.guest.Availability;
import dev.bellhop.server.guest.ExecPermissionAdvice;
import dev.bellhop.server.guest.GuestScriptRunner;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.stream.StreamStates;
import dev.bellhop.server.vm.PowerState;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One examination of one VM; each check depends on earlier results. For one thread. */
final class Examination {
    private static final Duration STATE_TIMEOUT = Duration.ofSeconds(2);
    private static final Duration AGENT_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration GUEST_TIMEOUT = Duration.ofSeconds(10);

    /** Checks in a guest that runs commands, after the checks whether it does. */
    private static final List<String> IN_GUEST =
            List.of("shell", "mode", "spool", "selinux", "pty", StreamCheck.ID, "users", "tools");

    private final VirtualMachine vm;
    private final AgentHealth health;
    private final GuestScriptRunner scripts;
    private final ModeProbe modes;
    private final StreamStates streams;
    private final String spool;
    private final Clock clock;
    private final List<Check> checks = new ArrayList<>();

    Examination(
            VirtualMachine vm,
            AgentHealth health,
            GuestScriptRunner scripts,
            ModeProbe modes,
            StreamStates streams,
            String spool,
            Clock clock) {
        this.vm = vm;
        this.health = health;
        this.scripts = scripts;
        this.modes = modes;
        this.streams = streams;
        this.spool = spool;
        this.clock = clock;
    }

    List<Check> checks() {
        AgentReport report = health.look(vm, STATE_TIMEOUT, AGENT_TIMEOUT);
        if (!runs(report)) {
            skip("the VM does not run", "channel", "agent", "calls", "clock");
            skipGuest("the VM does not run");
            return checks;
        }
        boolean answers = answers(report);
        channel(answers);
        agent(report, answers);
        if (!answers) {
            skip("the agent does not answer", "calls", "clock");
            skipGuest("the agent does not answer");
            return checks;
        }
        OsInfo os = os();
        calls(report, os);
        new ClockCheck(vm, clock).check(Deadline.after(AGENT_TIMEOUT)).ifPresent(checks::add);
        if (!report.isAvailable()) {
            skipGuest("the guest runs no commands");
        } else if (os != null && os.isWindows()) {
            skipWindows();
        } else {
            checks.addAll(new GuestChecks(vm, health, scripts, modes, streams, spool, new Packages(os))
                    .checks(Deadline.after(GUEST_TIMEOUT)));
        }
        return checks;
    }

    private void skip(String why, String... ids) {
        for (String id : ids) {
            checks.add(Check.skipped(id, "Not looked at because " + why));
        }
    }

    private void skipGuest(String why) {
        skip(why, IN_GUEST.toArray(String[]::new));
    }

    private void skipWindows() {
        for (String id : IN_GUEST) {
            if (id.equals(StreamCheck.ID)) {
                checks.add(Check.skipped(
                        id, "There are no streams into Windows guests, so files go by the agent's calls, slower"));
            } else {
                skip("the guest has Windows, where commands run in mode direct", id);
            }
        }
    }

    private boolean runs(AgentReport report) {
        PowerState power = report.vm().power();
        switch (power) {
            case STOPPED, PAUSED, STARTING -> checks.add(trouble("vm", report));
            case UNKNOWN ->
                checks.add(Check.warning(
                        "vm",
                        "What the VM is doing is not known"
                                + (report.vm().unknownBecause() == null
                                        ? ""
                                        : ": " + report.vm().unknownBecause()),
                        "Give it a monitor in the server's configuration, or see why its hypervisor does not answer"));
            default -> checks.add(Check.ok("vm", "The VM is " + power.wireName()));
        }
        return power != PowerState.STOPPED && power != PowerState.PAUSED && power != PowerState.STARTING;
    }

    /** Returns whether the agent itself has answered, even if only that it runs no commands. */
    private static boolean answers(AgentReport report) {
        return report.isAvailable()
                || report.version() != null
                || report.availability() == Availability.FROZEN
                || report.availability() == Availability.EXEC_DISABLED
                || report.availability() == Availability.EXEC_MISSING;
    }

    private void channel(boolean answers) {
        checks.add(
                switch (vm.channel(Deadline.after(STATE_TIMEOUT))) {
                    case OPEN -> Check.ok("channel", "The guest has the agent's channel open");
                    case NOT_CONFIGURED ->
                        Check.failed(
                                "channel",
                                "The VM has no channel for an agent",
                                "Give it a virtio serial port named org.qemu.guest_agent.0, and start it anew");
                    case CLOSED ->
                        Check.failed(
                                "channel",
                                "Nothing in the guest has the agent's channel open",
                                "Install qemu-guest-agent in the guest, or start it");
                    case UNKNOWN ->
                        answers
                                ? Check.ok("channel", "The agent answers by its channel")
                                : Check.skipped("channel", "The hypervisor does not say whether the guest has it open");
                });
    }

    private void agent(AgentReport report, boolean answers) {
        String version = report.version();
        checks.add(
                answers
                        ? Check.ok(
                                "agent", "The agent answers" + (version == null ? "" : "; its version is " + version))
                        : trouble("agent", report));
    }

    /** Splits the text that follows "because": it begins with the finding, and continues with the advice. */
    private static Check trouble(String id, AgentReport report) {
        String why = String.valueOf(report.why());
        int split = why.indexOf("; ");
        String found = split < 0 ? why : why.substring(0, split);
        String advice = split < 0 ? "see docs/reference/availability.md" : why.substring(split + 2);
        return Check.failed(id, capital(found), capital(advice));
    }

    private static String capital(String sentence) {
        return sentence.isEmpty()
                ? sentence
                : sentence.substring(0, 1).toUpperCase(java.util.Locale.ROOT) + sentence.substring(1);
    }

    private @Nullable OsInfo os() {
        try {
            return vm.agent().osInfo(Deadline.after(STATE_TIMEOUT));
        } catch (AgentException e) {
            return null;
        }
    }

    private void calls(AgentReport report, @Nullable OsInfo os) {
        if (report.availability() == Availability.FROZEN) {
            checks.add(Check.failed(
                    "calls",
                    "The guest's file systems are frozen, and its agent does next to nothing until they are thawed",
                    "Wait; if whoever froze them is gone, thaw them: bellhop fsthaw " + vm.id()));
            return;
        }
        AgentInfo info;
        try {
            info = vm.agent().info(Deadline.after(AGENT_TIMEOUT));
        } catch (AgentException e) {
            checks.add(Check.warning(
                    "calls",
                    "Which calls the agent has is not known, as " + health.why(vm, e),
                    "Allow guest-info" + ExecPermissionAdvice.advice(os)));
            return;
        }
        UsedCall.ALL.forEach(call -> checks.add(check(call, info, os)));
    }

    private static Check check(UsedCall call, AgentInfo info, @Nullable OsInfo os) {
        if (info.supports(call.name())) {
            return Check.ok(call.id(), call.name() + " is there");
        }
        boolean blocked = info.commands().containsKey(call.name());
        String found =
                call.name() + (blocked ? " is blocked" : " is missing, which agents have since QEMU " + call.since())
                        + ": " + call.lost();
        String advice = blocked
                ? "Allow it in the guest" + ExecPermissionAdvice.advice(os)
                : "Install a newer qemu-guest-agent in the guest";
        return switch (call.need()) {
            case NEEDED -> Check.failed(call.id(), found, advice);
            case USED -> Check.warning(call.id(), found, advice);
            case SHOWN -> Check.of(call.id(), Check.Status.SKIPPED, found, blocked ? advice : null);
        };
    }
}

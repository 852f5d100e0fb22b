// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.doctor;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.server.execution.script.DoctorScript;
import dev.bellhop.server.guest.AgentHealth;
import dev.bellhop.server.guest.GuestScriptRunner;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.stream.StreamStates;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Checks whether a POSIX guest that runs commands has everything that Bellhop uses. */
record GuestChecks(
        VirtualMachine vm,
        AgentHealth health,
        GuestScriptRunner scripts,
        ModeProbe modes,
        StreamStates streams,
        String spool,
        Packages packages) {
    /** The default limit for the stored output of one command. */
    private static final long ENOUGH_KIB = 64 * 1024;

    private static final String RHEL_PAGE = "docs/how-to/rhel.md";
    private static final String CONFINED = ":virt_qemu_ga_t:";

    List<Check> checks(Deadline deadline) {
        List<Check> checks = new ArrayList<>();
        try {
            Optional<GuestTools> found = GuestTools.parse(scripts.run(vm.id(), DoctorScript.of(spool), deadline));
            if (found.isEmpty()) {
                checks.add(noShell("A script that looks around in the guest did not run"));
                return checks;
            }
            GuestTools tools = found.get();
            checks.add(Check.ok("shell", "The guest runs scripts by /bin/sh"));
            checks.add(mode(deadline));
            checks.add(spool(tools));
            checks.add(selinux(tools));
            checks.add(pty(tools));
            checks.add(stream(tools));
            checks.add(users(tools));
            checks.add(tools(tools));
        } catch (AgentException e) {
            checks.add(noShell("A script that looks around in the guest did not run, as " + health.why(vm, e)));
        }
        return checks;
    }

    private static Check noShell(String found) {
        return Check.failed(
                "shell",
                found,
                "Commands need a shell at /bin/sh, and the agent the right to run it; on RHEL see " + RHEL_PAGE);
    }

    private Check mode(Deadline deadline) {
        try {
            return modes.isSupervised(vm.id(), deadline)
                    ? Check.ok(
                            "mode",
                            "Commands run supervised: live output, timeouts, cancel, and results that outlive"
                                    + " the agent")
                    : Check.warning(
                            "mode",
                            "Commands run in mode direct: no live output, no timeouts, no cancel",
                            "See the calls guest-file-* and the spool, in this list");
        } catch (AgentException e) {
            return Check.failed("mode", "No command runs, as " + health.why(vm, e), "See the calls in this list");
        }
    }

    private Check spool(GuestTools tools) {
        if (!tools.spoolWritable()) {
            return Check.warning(
                    "spool",
                    "The folder for output, " + spool + ", cannot be written to",
                    isConfined(tools)
                            ? "See selinux, in this list"
                            : "Make its file system writable, or name another folder in the server's configuration");
        }
        Long free = tools.freeKib();
        if (free == null) {
            return Check.ok("spool", "The folder for output, " + spool + ", can be written to");
        }
        String told = "The folder for output, " + spool + ", can be written to, with " + free / 1024 + " MiB free";
        return free < ENOUGH_KIB
                ? Check.warning("spool", told, "Make room there, or output of commands is cut off")
                : Check.ok("spool", told);
    }

    private static boolean isConfined(GuestTools tools) {
        return tools.domain() != null && tools.domain().contains(CONFINED);
    }

    /** The boolean virt_qemu_ga_run_unconfined frees only programs of one type, which does not include /bin/sh. */
    private static Check selinux(GuestTools tools) {
        if (!isConfined(tools)) {
            return Check.ok("selinux", "SELinux does not confine the agent");
        }
        return "Enforcing".equals(tools.selinux()) || tools.selinux() == null
                ? Check.warning(
                        "selinux",
                        "SELinux confines the agent and what it runs to virt_qemu_ga_t, which may do little",
                        "As root in the guest: semanage permissive -a virt_qemu_ga_t, of the package"
                                + " policycoreutils-python-utils; see " + RHEL_PAGE)
                : Check.ok("selinux", "SELinux would confine the agent, and is " + tools.selinux());
    }

    private Check pty(GuestTools tools) {
        return Stream.of("perl", "python3")
                .filter(tools::has)
                .findFirst()
                .map(by -> Check.ok("pty", "A terminal can be opened, with " + by + " in the guest"))
                .orElseGet(() -> Check.warning(
                        "pty",
                        "No terminal can be opened: the guest has neither perl nor python3",
                        packages.install("python3")));
    }

    /** Does not open a stream: that would plug a port, and a check changes nothing. */
    private Check stream(GuestTools tools) {
        return new StreamCheck(vm, streams.state(vm.id()), packages).check(tools);
    }

    private Check users(GuestTools tools) {
        return Stream.of("setpriv", "runuser", "su").anyMatch(tools::has)
                ? Check.ok("users", "Commands can run as other users")
                : Check.warning(
                        "users",
                        "No command runs as another user: none of setpriv, runuser and su is there",
                        packages.install("util-linux"));
    }

    private Check tools(GuestTools tools) {
        List<String> missing = Stream.of("tar", "gzip", "sha256sum", "stat", "cksum")
                .filter(tool -> !tools.has(tool))
                .toList();
        return missing.isEmpty()
                ? Check.ok("tools", "tar, gzip, sha256sum, stat and cksum are there")
                : Check.warning(
                        "tools", "Not there: " + String.join(", ", missing), packages.install(missing.getFirst()));
    }
}

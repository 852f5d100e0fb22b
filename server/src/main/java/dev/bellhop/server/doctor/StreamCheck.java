// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.doctor;

import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.hypervisor.VmPower;
import dev.bellhop.server.stream.StreamState;
import dev.bellhop.server.stream.StreamUnavailableException.Reason;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Checks whether a stream into the guest is open, was refused, or should be possible. After a failed try, it reports
 * that try's result.
 */
record StreamCheck(VirtualMachine vm, StreamState state, Packages packages) {
    static final String ID = "stream";

    private static final String SLOWER = ", so files and terminals go by the agent's calls, slower";
    private static final String MONITOR = "Give the VM a monitor in the server's configuration";

    Check check(GuestTools tools) {
        if (vm.streamPorts().isEmpty()) {
            return Check.skipped(ID, "Streams into this VM are switched off, so all goes by the agent's calls");
        }
        return switch (state) {
            case StreamState.Open _ -> Check.ok(ID, "A stream into the guest is open: files and terminals go by it");
            case StreamState.Worked _ ->
                missing(tools)
                        .orElseGet(() -> Check.ok(
                                ID, "A stream into the guest was open, and is opened again when there is use for it"));
            // Checked again below.
            case StreamState.Failed failed
            when failed.reason() != Reason.NO_MONITOR && failed.reason() != Reason.NO_INTERPRETER -> failed(failed);
            case StreamState.Failed failed -> missing(tools).orElseGet(() -> failed(failed));
            case StreamState.Untried _ -> missing(tools).orElseGet(() -> untried(tools));
        };
    }

    /** Returns a warning if a program that streams need is missing. */
    private Optional<Check> missing(GuestTools tools) {
        if (!hasMonitor()) {
            return Optional.of(
                    Check.warning(ID, "No stream: the server cannot plug a port into the VM" + SLOWER, MONITOR));
        }
        return interpreter(tools).isPresent()
                ? Optional.empty()
                : Optional.of(Check.warning(
                        ID, "No stream: the guest has neither perl nor python3" + SLOWER, packages.install("python3")));
    }

    private boolean hasMonitor() {
        return vm.power()
                .filter(power -> power.missing(VmPower.Switch.RESET).isEmpty())
                .isPresent();
    }

    private static Optional<String> interpreter(GuestTools tools) {
        return Stream.of("perl", "python3").filter(tools::has).findFirst();
    }

    private static Check untried(GuestTools tools) {
        return Check.ok(
                ID,
                "A stream into the guest was not tried yet. It should work, as the server can ask for a port and the"
                        + " guest has " + interpreter(tools).orElseThrow());
    }

    private static Check failed(StreamState.Failed failed) {
        return Check.warning(
                        ID,
                        "No stream: the last try, " + ago(failed.ago()) + " ago, failed because "
                                + because(failed.reason()) + SLOWER,
                        advice(failed.reason()))
                .withOfHost(failed.why());
    }

    /**
     * Uses fixed texts, because the error of the failure can contain paths of the host, and text from QEMU or libvirt.
     */
    private static String because(Reason reason) {
        return switch (reason) {
            case OFF -> "the server's configuration says streams: off for its hypervisor";
            case NO_VM -> "there was no such VM on this host";
            case NO_MONITOR -> "the server had no monitor of the VM";
            case NO_SLOT -> "the VM has no place for another serial port";
            case HYPERVISOR -> "its hypervisor did not plug a port for it";
            case AGENT -> "the agent did not start the guest's end of it";
            case NO_INTERPRETER -> "the guest had neither perl nor python3";
            case NO_PORT -> "the guest does not show the port that was plugged for it";
            case PORT_BUSY -> "another process of the guest had opened the port first";
            case LATE -> "the guest did not answer on the port in time";
            case CLOSING -> "it was closed meanwhile";
        };
    }

    private static String ago(Duration ago) {
        return ago.toMinutes() < 1
                ? ago.toSeconds() + " s"
                : ago.toHours() < 1 ? ago.toMinutes() + " min" : ago.toHours() + " h";
    }

    private static String advice(Reason reason) {
        return switch (reason) {
            case NO_MONITOR -> MONITOR;
            case NO_SLOT -> "Give the VM's virtio-serial controller more ports";
            case HYPERVISOR ->
                "If QEMU may not connect to the server's socket, let its user go through the folder that it is in; else"
                        + " see what QEMU or libvirt says";
            case AGENT -> "See the agent and its calls, in this list";
            case NO_INTERPRETER -> "One is there by now, and is found within ten minutes";
            case NO_PORT -> "In the guest: modprobe virtio_console";
            case PORT_BUSY -> "In the guest, see who has it open: fuser -v /dev/virtio-ports/dev.bellhop.stream.*";
            case LATE -> "See what keeps the guest busy; the next terminal or long file tries again";
            case OFF, NO_VM, CLOSING -> "The next terminal or long file tries again";
        };
    }
}

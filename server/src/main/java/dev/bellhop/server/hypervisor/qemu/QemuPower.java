// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.qemu;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.hypervisor.VmPower;
import dev.bellhop.server.hypervisor.VmPowerException;
import dev.bellhop.server.hypervisor.VmPowerException.Kind;
import dev.bellhop.server.vm.VmId;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The switches of a plain QEMU. Its monitor has all of them except start, because the process is the VM. A QEMU with
 * -no-shutdown stays after its guest has shut down, and its monitor can start the guest again.
 */
final class QemuPower implements VmPower {
    private static final String NO_MONITOR =
            "the server's configuration names no monitor of it, which is its power switch";
    private static final String NO_START = "the server's configuration names nothing that starts it: start, or unit";

    private final VmId id;
    private final VmSockets sockets;

    QemuPower(VmId id, VmSockets sockets) {
        this.id = id;
        this.sockets = sockets;
    }

    @Override
    public Optional<String> missing(Switch which) {
        return switch (which) {
            case START -> sockets.start() == null ? Optional.of(NO_START) : Optional.empty();
            case POWER_BUTTON, STOP, RESET -> sockets.monitor() == null ? Optional.of(NO_MONITOR) : Optional.empty();
        };
    }

    @Override
    public void press(Switch which, Deadline deadline) throws VmPowerException {
        switch (which) {
            case START -> start(deadline);
            case POWER_BUTTON -> tell(deadline, "system_powerdown");
            case STOP -> stop(deadline);
            case RESET -> tell(deadline, "system_reset");
        }
    }

    private void start(Deadline deadline) throws VmPowerException {
        StartCommand command = sockets.start();
        if (command == null) {
            throw new VmPowerException(Kind.NOT_SUPPORTED, NO_START);
        }
        Path monitor = sockets.monitor();
        if (monitor != null && QmpMonitor.isShutDown(monitor, deadline)) {
            tell(deadline, "system_reset", "cont");
            return;
        }
        try {
            Optional<String> trace = new RunningQemu(sockets).trace(deadline);
            if (trace.isPresent()) {
                throw new VmPowerException(Kind.REFUSED, trace.get());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new VmPowerException(Kind.UNREACHABLE, "the server is shutting down", e);
        }
        command.run(id, deadline);
    }

    private void stop(Deadline deadline) throws VmPowerException {
        try {
            tell(deadline, "quit");
        } catch (VmPowerException e) {
            // QEMU can end before it answers.
            if (!(e.getCause() instanceof EOFException)) {
                throw e;
            }
        }
    }

    private void tell(Deadline deadline, String... commands) throws VmPowerException {
        Path monitor = sockets.monitor();
        if (monitor == null) {
            throw new VmPowerException(Kind.NOT_SUPPORTED, NO_MONITOR);
        }
        try {
            QmpMonitor.execute(monitor, deadline, commands);
        } catch (QmpTalk.RefusedException e) {
            throw new VmPowerException(Kind.REFUSED, "QEMU refused: " + e.getMessage(), e);
        } catch (ConnectException e) {
            throw new VmPowerException(Kind.REFUSED, "it is off: nobody listens on its monitor", e);
        } catch (IOException e) {
            throw Files.notExists(monitor)
                    ? new VmPowerException(Kind.REFUSED, "it is off: its monitor is not there", e)
                    : new VmPowerException(
                            Kind.UNREACHABLE,
                            "its monitor does not answer; another program may hold it, or the server may not open it",
                            e);
        }
    }
}

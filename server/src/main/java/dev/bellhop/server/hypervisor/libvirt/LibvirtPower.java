// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.libvirt;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.hypervisor.VmPower;
import dev.bellhop.server.hypervisor.VmPowerException;
import dev.bellhop.server.hypervisor.VmPowerException.Kind;
import dev.bellhop.server.hypervisor.libvirt.LibvirtCalls.CallException;
import java.util.UUID;

/** The switches of a domain. */
final class LibvirtPower implements VmPower {
    private final UUID domain;
    private final LibvirtCalls calls;

    LibvirtPower(UUID domain, LibvirtCalls calls) {
        this.domain = domain;
        this.calls = calls;
    }

    @Override
    public void press(Switch which, Deadline deadline) throws VmPowerException {
        try {
            boolean ignored = calls.call(
                    connection -> {
                        try (LibvirtConnection.Domain found = connection.domain(domain)) {
                            found.press(which);
                            return true;
                        }
                    },
                    true,
                    deadline);
        } catch (CallException e) {
            throw switch (e.why) {
                case FAILED ->
                    new VmPowerException(
                            Kind.REFUSED, "libvirt said: " + (e.said == null ? "nothing" : e.said.words()), e);
                case UNREACHABLE -> new VmPowerException(Kind.UNREACHABLE, "libvirt cannot be reached", e);
                case NOT_BEGUN -> new VmPowerException(Kind.UNREACHABLE, "libvirt is busy with other VMs", e);
                case LATE -> new VmPowerException(Kind.UNREACHABLE, "libvirt did not answer in time", e);
                case INTERRUPTED -> new VmPowerException(Kind.UNREACHABLE, "the server is shutting down", e);
            };
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.libvirt;

/** Libvirt's client library is not on this machine. The message is the reason, to follow "because". */
public final class LibvirtMissingException extends Exception {
    private static final long serialVersionUID = 1;

    LibvirtMissingException(String library, Throwable cause) {
        super(
                "libvirt's library " + library
                        + " cannot be loaded; install it (on Debian and Ubuntu it is in the package libvirt0)",
                cause);
    }
}

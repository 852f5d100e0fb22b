// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.clock;

import com.fasterxml.jackson.annotation.JsonValue;
import dev.bellhop.server.failure.WireName;
import java.util.Optional;

/** The reference that a guest's clock is set to. */
public enum ClockSource implements WireName {
    /** The clock of the host that the VM is on. */
    HOST,
    /** The clock of the VM's own hardware, which a hypervisor keeps right while the VM is paused. */
    HARDWARE;

    @JsonValue
    @Override
    public String wireName() {
        return WireName.super.wireName();
    }

    public static Optional<ClockSource> parse(String wireName) {
        return WireName.parse(values(), wireName);
    }
}

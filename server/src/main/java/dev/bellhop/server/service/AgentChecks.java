// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.qga.AgentException;
import dev.bellhop.server.health.AgentHealth;
import dev.bellhop.server.health.AgentReport;
import dev.bellhop.server.hypervisor.VirtualMachine;

/** Finds out whether commands can be run in a VM now, within the time that a caller is made to wait for that. */
public final class AgentChecks {
    private final AgentHealth health;
    private final Timeouts timeouts;

    public AgentChecks(AgentHealth health, Timeouts timeouts) {
        this.health = health;
        this.timeouts = timeouts;
    }

    public AgentReport check(VirtualMachine vm) {
        return health.look(vm, timeouts.state(), timeouts.agent());
    }

    /** Why a call to its agent has failed, to stand after "because". */
    public String why(VirtualMachine vm, AgentException trouble) {
        return health.why(vm, trouble);
    }
}

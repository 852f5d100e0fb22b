// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.vm;

import dev.bellhop.server.access.Key;
import dev.bellhop.server.doctor.Checkup;
import dev.bellhop.server.doctor.Doctor;
import dev.bellhop.server.service.Caller;
import dev.bellhop.server.service.Permit;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VisibleVm;
import dev.bellhop.server.service.VmAccess;

/** What is amiss, with a VM or with a caller's own key. Thread safe. */
public final class Checkups {
    private final Doctor doctor;
    private final VmAccess access;

    public Checkups(Doctor doctor, VmAccess access) {
        this.doctor = doctor;
        this.access = access;
    }

    /** The key of the request, which works. */
    public Key key(Permit permit) {
        return permit.callerOf(UseCase.SERVER_DOCTOR).key();
    }

    /**
     * Looks at a VM and its guest. It runs a script of the server's own there, which changes nothing, so whoever may look may ask. What the
     * host has said, with its paths, the operator's keys alone are told. Throws as {@link Doctor#examine}.
     */
    public Checkup examine(VisibleVm vm) {
        Caller caller = vm.callerOf(UseCase.VM_DOCTOR);
        Checkup checkup = doctor.examine(vm.id());
        // It takes its time, and the VM may come to another owner meanwhile.
        access.visible(vm.permit(), vm.id());
        return caller.tenant().isOperator() ? checkup.forOperator() : checkup;
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.admin;

import dev.bellhop.server.access.Account;
import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.service.Permit;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vms.Vms;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Assigns VMs to accounts and takes them back. The VM need not exist yet, so it can have an owner from its first moment
 * on.
 */
public final class VmOwnership {
    private final Vms vms;
    private final Accounts accounts;
    private final Consumer<VmId> reassigned;

    /** @param reassigned called with each VM that changes its owner */
    public VmOwnership(Vms vms, Accounts accounts, Consumer<VmId> reassigned) {
        this.vms = vms;
        this.accounts = accounts;
        this.reassigned = reassigned;
    }

    public void assign(Permit permit, VmId vm, String accountId) {
        permit.callerOf(UseCase.VM_ASSIGN);
        Optional<Account> found = accounts.find(accountId);
        found.ifPresent(account -> permit.note().about(account.id()));
        if (found.filter(account -> accounts.assign(vm, account)).isEmpty()) {
            throw new BellhopException(
                    "Cannot assign a VM to an account that does not exist",
                    List.of(new FieldFault("/account", "The id of an account", Fault.UNKNOWN_VALUE)));
        }
        changed(vm);
    }

    public void unassign(Permit permit, VmId vm) {
        permit.callerOf(UseCase.VM_UNASSIGN);
        accounts.unassign(vm);
        changed(vm);
    }

    private void changed(VmId vm) {
        vms.forget(vm);
        reassigned.accept(vm);
    }
}

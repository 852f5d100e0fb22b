// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.vm;

import java.util.Objects;

/**
 * The body of {@code POST /api/v2/vps/{vmid}/actions/assign}.
 *
 * @param account the id of the account that is to own the VM
 */
public record AssignVm(String account) {

    public AssignVm {
        Objects.requireNonNull(account, "account");
    }
}

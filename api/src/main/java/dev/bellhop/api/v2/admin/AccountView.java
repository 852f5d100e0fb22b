// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.admin;

import java.time.Instant;
import java.util.List;
import java.util.Objects;

/**
 * An account: a tenant that owns VMs and keys.
 *
 * @param id the account's id
 * @param name for people
 * @param createdAt when it was made
 * @param vms the VMs that it owns, by ascending vmid; they need not be there
 */
public record AccountView(String id, String name, Instant createdAt, List<Long> vms) {

    public AccountView {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(createdAt, "createdAt");
        vms = List.copyOf(Objects.requireNonNull(vms, "vms"));
    }
}

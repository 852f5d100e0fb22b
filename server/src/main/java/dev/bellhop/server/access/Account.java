// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

import dev.bellhop.server.policy.Policy;
import dev.bellhop.server.tenant.Tenant;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A tenant beside the operator: it owns VMs and keys.
 *
 * @param id 12 hexadecimal digits, never given again: executions name it for longer than it may live
 * @param policy which commands its keys may run, beside what the policy of each says; absent for all
 */
public record Account(
        String id, String name, Instant createdAt, @Nullable Policy policy) {
    public Account(String id, String name, Instant createdAt) {
        this(id, name, createdAt, null);
    }

    public Tenant tenant() {
        return Tenant.account(id);
    }

    Account withName(String newName) {
        return new Account(id, newName, createdAt, policy);
    }

    Account withPolicy(@Nullable Policy newPolicy) {
        return new Account(id, name, createdAt, newPolicy);
    }
}

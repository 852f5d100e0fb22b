// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

import dev.bellhop.server.policy.Policy;
import dev.bellhop.server.tenant.Tenant;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A tenant other than the operator. It owns VMs and keys.
 *
 * @param id 12 hexadecimal digits, never reused: executions can refer to it after the account is deleted
 * @param policy limits the commands that its keys can run, in addition to each key's own policy; absent for no limit
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

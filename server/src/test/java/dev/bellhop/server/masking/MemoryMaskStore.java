// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.masking;

import dev.bellhop.server.audit.MemoryAuditStore;
import dev.bellhop.server.tenant.Tenant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** Masks in memory, for tests of what does not depend on a database. It passes the contract of all stores. */
public final class MemoryMaskStore implements MaskStore {
    private final MemoryAuditStore audit;
    private final Map<Name, Mask> masks = new ConcurrentHashMap<>();

    private record Name(Tenant tenant, String name) {}

    public MemoryMaskStore(MemoryAuditStore audit) {
        this.audit = audit;
    }

    @Override
    public Map<Tenant, List<Mask>> all() {
        return masks.entrySet().stream()
                .collect(Collectors.groupingBy(
                        entry -> entry.getKey().tenant, Collectors.mapping(Map.Entry::getValue, Collectors.toList())));
    }

    @Override
    public CompletableFuture<Void> put(Tenant tenant, Mask mask) {
        return audit.change(() -> masks.put(new Name(tenant, mask.name()), mask));
    }

    @Override
    public CompletableFuture<Void> delete(Tenant tenant, String name) {
        return audit.change(() -> masks.remove(new Name(tenant, name)));
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.libvirt;

import dev.bellhop.server.hypervisor.VmidRegister;
import dev.bellhop.server.vm.VmId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Assigns each domain its vmid: from the configuration, else from its metadata, else a generated number if one is
 * available. If two claim the same vmid, the configuration wins, then the previous owner, then the lower UUID; the
 * other is left out until the conflict is resolved, since a new number would make it another VM.
 */
final class VmidAssignment {
    private final Map<String, VmId> configured = new HashMap<>();
    private final VmidRegister register;

    VmidAssignment(Map<VmId, String> configured, VmidRegister register) {
        configured.forEach((vmid, name) -> this.configured.put(name, vmid));
        this.register = register;
    }

    /** @param conflicts the claimed vmid of each domain that is left out */
    record Assigned(SortedMap<VmId, UUID> vms, Map<UUID, VmId> conflicts) {}

    private record Claim(UUID domain, @Nullable VmId vmid, boolean isConfigured, boolean hadIt) {}

    /** Returns the vmids of these domains. Stores nothing. */
    Assigned assign(Map<UUID, DomainDescription> domains) {
        Map<UUID, VmId> kept = register.kept();
        List<Claim> claims = new ArrayList<>();
        domains.forEach((uuid, domain) -> {
            VmId byName = configured.get(domain.name());
            VmId vmid = byName == null ? domain.vmid() : byName;
            claims.add(new Claim(uuid, vmid, byName != null, vmid != null && vmid.equals(kept.get(uuid))));
        });
        claims.sort(Comparator.comparing(Claim::isConfigured)
                .thenComparing(Claim::hadIt)
                .reversed()
                .thenComparing(Claim::domain));
        SortedMap<VmId, UUID> vms = new TreeMap<>();
        Map<UUID, VmId> conflicts = new HashMap<>();
        for (Claim claim : claims) {
            VmId vmid = claim.vmid();
            if (vmid != null && vms.putIfAbsent(vmid, claim.domain()) != null) {
                conflicts.put(claim.domain(), vmid);
            }
        }
        for (Claim claim : claims) {
            if (claim.vmid() == null) {
                VmId had = kept.get(claim.domain());
                Optional<VmId> vmid = had != null && !vms.containsKey(had)
                        ? Optional.of(had)
                        : register.free(claim.domain(), vms.keySet());
                vmid.ifPresent(number -> vms.put(number, claim.domain()));
            }
        }
        return new Assigned(vms, conflicts);
    }
}

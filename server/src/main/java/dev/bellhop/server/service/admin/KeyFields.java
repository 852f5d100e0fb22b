// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.admin;

import dev.bellhop.server.access.AddressRange;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.failure.FieldFaults;
import dev.bellhop.server.vm.VmId;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Checks the fields that new keys and changed keys share, and compares them with the caller's own key. */
final class KeyFields {
    /** Greater than the number of scopes, so a longer list contains duplicates. */
    private static final int MAX_SCOPES = 10;

    private static final int MAX_VMS = 1000;
    private static final int MAX_NETWORKS = 100;

    private KeyFields() {}

    static Set<Scope> scopes(List<String> names, FieldFaults faults) {
        faults.unlessBetween(1, names.size(), MAX_SCOPES, "/scopes", "1 to " + MAX_SCOPES + " scopes");
        Set<Scope> scopes = EnumSet.noneOf(Scope.class);
        scopes.addAll(faults.each("/scopes", names, Scope::parse, "One of " + Scope.NAMES, Fault.UNKNOWN_VALUE));
        return scopes;
    }

    /** Returns an empty set if any field is invalid. */
    static Set<VmId> vms(List<Long> vms, Set<Scope> scopes, FieldFaults faults) {
        faults.surplusUnless(
                !scopes.contains(Scope.ADMIN),
                "/vms",
                "Left out with the scope admin, whose holder can make a key that sees all VMs");
        faults.unlessBetween(
                1, vms.size(), MAX_VMS, "/vms", "1 to " + MAX_VMS + " vmids; leave the field out for all VMs");
        for (int i = 0; i < vms.size(); i++) {
            faults.unlessBetween(1, vms.get(i), Long.MAX_VALUE, "/vms/" + i, "A vmid of 1 or more");
        }
        return faults.isEmpty() ? vms.stream().map(VmId::new).collect(Collectors.toSet()) : Set.of();
    }

    static List<AddressRange> networks(List<String> networks, FieldFaults faults) {
        faults.unlessBetween(
                1,
                networks.size(),
                MAX_NETWORKS,
                "/networks",
                "1 to " + MAX_NETWORKS + " networks; leave the field out for anywhere");
        return faults.each(
                "/networks",
                networks,
                AddressRange::parse,
                "An address, or a network such as 10.0.0.0/8 with no bits set beyond its prefix",
                Fault.MALFORMED);
    }

    /**
     * Checks that the rights of a key do not exceed the rights of the caller's key.
     *
     * @throws BellhopException {@code FORBIDDEN}
     */
    static void requireWithin(
            Key caller,
            Set<Scope> scopes,
            @Nullable Set<VmId> vms,
            @Nullable List<AddressRange> networks,
            Map<String, String> labels) {
        for (Scope scope : scopes) {
            if (!caller.mayGive(scope)) {
                throw beyond("the scope " + scope.wireName() + ", which this one lacks");
            }
        }
        if (caller.vms() != null && (vms == null || !caller.vms().containsAll(vms))) {
            throw beyond("other VMs than this one has; name some of its VMs in vms");
        }
        if (!caller.seesLabels(labels)) {
            throw beyond("other labels than this one has; name at least its labels in labels");
        }
        if (!caller.covers(scopes, vms, networks, labels)) {
            throw beyond("other networks than this one has; name some of its networks in networks");
        }
    }

    /**
     * Checks that a key lasts no longer than the caller's own.
     *
     * @throws BellhopException {@code FORBIDDEN}
     */
    static void requireAsLong(Key caller, @Nullable Instant expiresAt) {
        if (!caller.lastsAsLongAs(expiresAt)) {
            throw beyond("more time than this one has, which expires itself; name an earlier time in expiresAt");
        }
    }

    private static BellhopException beyond(String what) {
        return new BellhopException(ErrorCode.FORBIDDEN, "Cannot give a key " + what);
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.admin;

import dev.bellhop.api.v2.admin.UpdateKey;
import dev.bellhop.server.access.AddressRange;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.failure.FieldFaults;
import dev.bellhop.server.vm.VmId;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A change of a key, requested by a caller. The key must not have more rights than the caller's key, neither before nor
 * after the change. Otherwise {@code admin:account} would lead to rights that its holder does not have.
 */
record KeyChange(UpdateKey wanted, Key caller, Instant now) {
    private static final String WHAT = "change this key";

    /**
     * Returns the changed key.
     *
     * @param present the key before the change, read while no other change can happen
     * @throws BellhopException {@code FORBIDDEN}, {@code KEY_ENDED} or {@code INVALID_FIELD}
     */
    Key of(Key present) {
        Authority.requireCovers(caller, present, WHAT);
        if (!present.validAt(now)) {
            throw new BellhopException(
                    ErrorCode.KEY_ENDED,
                    "Cannot change this key because it is revoked or has expired; create another key");
        }
        FieldFaults faults = new FieldFaults();
        String name = wanted.name() == null ? present.name() : wanted.name();
        Names.check(name, faults);
        Set<Scope> scopes = scopes(present, faults);
        Set<VmId> vms = vms(present, scopes, faults);
        List<AddressRange> networks = networks(present, faults);
        Instant expiresAt = expiresAt(present, faults);
        faults.throwIfAny("Cannot change this key because some of the fields are not valid");
        KeyFields.requireWithin(caller, scopes, vms, networks, present.labels());
        Key changed = present.with(name, scopes, vms, networks, expiresAt);
        // A key that lasts longer than the caller's would keep its new rights after the caller's key has expired.
        if (isLater(expiresAt, present.expiresAt()) || !present.keepsRightsOf(changed)) {
            KeyFields.requireAsLong(caller, expiresAt);
        }
        return changed;
    }

    private Set<Scope> scopes(Key present, FieldFaults faults) {
        if (wanted.scopes() == null) {
            return present.scopes();
        }
        Set<Scope> scopes = KeyFields.scopes(wanted.scopes(), faults);
        if (present.policy() != null && !Key.canHavePolicy(scopes)) {
            faults.add(
                    "/scopes",
                    "Neither admin nor admin:account while the key has a policy; delete that first",
                    Fault.UNKNOWN_VALUE);
        }
        boolean isLimited = !present.tenant().isOperator() || !present.labels().isEmpty();
        if (scopes.contains(Scope.ADMIN) && isLimited) {
            faults.add(
                    "/scopes",
                    "Not admin for a key with an account or with labels; create another key",
                    Fault.UNKNOWN_VALUE);
        }
        if (scopes.contains(Scope.ADMIN_ACCOUNT) && present.tenant().isOperator()) {
            faults.add("/scopes", "Not admin:account for a key without an account", Fault.UNKNOWN_VALUE);
        }
        return scopes;
    }

    private @Nullable Set<VmId> vms(Key present, Set<Scope> scopes, FieldFaults faults) {
        if (isRemoved(wanted.vms() != null, wanted.allVms(), "/allVms", "Left out with vms", faults)) {
            return null;
        }
        if (wanted.vms() != null) {
            return KeyFields.vms(wanted.vms(), scopes, faults);
        }
        if (present.vms() != null && scopes.contains(Scope.ADMIN)) {
            faults.add("/allVms", "true, because a key with the scope admin sees all VMs", Fault.REQUIRED);
        }
        return present.vms();
    }

    private @Nullable List<AddressRange> networks(Key present, FieldFaults faults) {
        if (isRemoved(
                wanted.networks() != null, wanted.anyNetwork(), "/anyNetwork", "Left out with networks", faults)) {
            return null;
        }
        return wanted.networks() == null ? present.networks() : KeyFields.networks(wanted.networks(), faults);
    }

    private @Nullable Instant expiresAt(Key present, FieldFaults faults) {
        boolean given = wanted.expiresAt() != null || wanted.expiresInSeconds() != null;
        if (isRemoved(given, wanted.neverExpires(), "/neverExpires", "Left out with a time", faults)) {
            return null;
        }
        return given
                ? Expiry.of(wanted.expiresAt(), wanted.expiresInSeconds(), null, now, faults)
                : present.expiresAt();
    }

    /** Returns whether the request removes a limit. It cannot also set another limit. */
    private static boolean isRemoved(
            boolean limitGiven, @Nullable Boolean removed, String pointer, String detail, FieldFaults faults) {
        boolean wantsNone = Boolean.TRUE.equals(removed);
        faults.surplusUnless(!(limitGiven && wantsNone), pointer, detail);
        return wantsNone;
    }

    private static boolean isLater(@Nullable Instant one, @Nullable Instant other) {
        return other != null && (one == null || one.isAfter(other));
    }
}

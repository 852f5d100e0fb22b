// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.admin;

import dev.bellhop.api.v2.admin.CreateKey;
import dev.bellhop.api.v2.admin.PolicyDocument;
import dev.bellhop.server.access.AddressRange;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.NewKey;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.failure.FieldFaults;
import dev.bellhop.server.policy.Policy;
import dev.bellhop.server.service.Labels;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.tenant.TenantFilter;
import dev.bellhop.server.vm.VmId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Checks a new key: first its fields, then that it has no rights that the caller lacks. */
record KeyValidator(CreateKey wanted, Key caller, Instant now, FieldFaults faults) {
    private static final String MESSAGE = "Cannot create this key because some of its fields are not valid";
    private static final FieldFault UNKNOWN_ACCOUNT =
            new FieldFault("/account", "The id of an account", Fault.UNKNOWN_VALUE);

    /**
     * Returns the key to create, whether its account exists or not. Throws {@code INVALID_FIELD}, or {@code FORBIDDEN}
     * if it would exceed the caller's own key.
     */
    static NewKey check(CreateKey wanted, Key caller, Instant now) {
        return new KeyValidator(wanted, caller, now, new FieldFaults()).key();
    }

    private NewKey key() {
        Names.check(wanted.name(), faults);
        Set<Scope> scopes = KeyFields.scopes(wanted.scopes(), faults);
        Tenant tenant = tenant(scopes);
        Set<VmId> vms = wanted.vms() == null ? null : KeyFields.vms(wanted.vms(), scopes, faults);
        List<AddressRange> networks = wanted.networks() == null ? null : KeyFields.networks(wanted.networks(), faults);
        Instant expiresAt =
                Expiry.of(wanted.expiresAt(), wanted.expiresInSeconds(), wanted.expiresInDays(), now, faults);
        Policy policy = policy(scopes);
        Map<String, String> labels = labels(scopes);
        faults.throwIfAny(MESSAGE);
        KeyFields.requireWithin(caller, scopes, vms, networks, labels);
        KeyFields.requireAsLong(caller, expiresAt);
        return new NewKey(wanted.name(), tenant, scopes, vms, networks, expiresAt, policy, labels);
    }

    /** Returns the new key's tenant; the default is the caller's. */
    private Tenant tenant(Set<Scope> scopes) {
        Tenant tenant = wanted.account() == null ? caller.tenant() : Tenant.account(wanted.account());
        if (wanted.account() != null && scopes.contains(Scope.ADMIN)) {
            faults.add("/account", "Left out with the scope admin, which is for all accounts", Fault.UNKNOWN_FIELD);
        } else if (tenant.isOperator() && scopes.contains(Scope.ADMIN_ACCOUNT)) {
            faults.add("/account", "The account whose keys it may manage", Fault.REQUIRED);
        } else if (!TenantFilter.seenBy(caller.tenant()).includes(tenant)) {
            // Other accounts do not exist for the caller, so this is the error for an unknown account.
            faults.addAll(List.of(UNKNOWN_ACCOUNT));
        }
        return tenant;
    }

    /** Returns the error for a key whose account does not exist. */
    static BellhopException noSuchAccount() {
        return new BellhopException(MESSAGE, List.of(UNKNOWN_ACCOUNT));
    }

    private @Nullable Policy policy(Set<Scope> scopes) {
        PolicyDocument policy = wanted.policy();
        if (policy == null) {
            return null;
        }
        faults.surplusUnless(
                Key.canHavePolicy(scopes),
                "/policy",
                "Left out with the scopes admin and admin:account, whose holders can make a key without one");
        return PolicyValidator.check(policy, faults.within("/policy"));
    }

    private Map<String, String> labels(Set<Scope> scopes) {
        Map<String, String> labels = wanted.labels();
        if (labels == null) {
            return Map.of();
        }
        faults.surplusUnless(
                !scopes.contains(Scope.ADMIN),
                "/labels",
                "Left out with the scope admin, whose holder can make a key without");
        faults.outOfRangeUnless(!labels.isEmpty(), "/labels", "At least one; leave the field out for none");
        Labels.check(labels, faults);
        return labels;
    }
}

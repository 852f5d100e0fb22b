// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.admin;

import dev.bellhop.api.v2.admin.CreateKey;
import dev.bellhop.api.v2.admin.PolicyDocument;
import dev.bellhop.server.access.AddressRange;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.NewKey;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.failure.FieldFaults;
import dev.bellhop.server.policy.Policy;
import dev.bellhop.server.service.Labels;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.tenant.TenantFilter;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Checks a key that is to be made: its fields, and then that it may do nothing that the caller may not. */
record KeyValidator(CreateKey wanted, Key caller, Instant now, FieldFaults faults) {
    /** There are fewer; more than this are the same ones again. */
    private static final int MAX_SCOPES = 10;

    private static final int MAX_VMS = 1000;
    private static final int MAX_NETWORKS = 100;
    private static final int MAX_LIFETIME_DAYS = 3650;
    private static final String ALL_SCOPES =
            Arrays.stream(Scope.values()).map(Scope::wireName).collect(Collectors.joining(", "));
    private static final String MESSAGE = "Cannot create this key because some of its fields are not valid";
    private static final FieldFault UNKNOWN_ACCOUNT =
            new FieldFault("/account", "The id of an account", Fault.UNKNOWN_VALUE);

    /**
     * What is to be made, whether its account exists or not. Throws {@code INVALID_FIELD}, or {@code FORBIDDEN} where
     * it would go beyond the caller's own key.
     */
    static NewKey check(CreateKey wanted, Key caller, Instant now) {
        return new KeyValidator(wanted, caller, now, new FieldFaults()).key();
    }

    private NewKey key() {
        Names.check(wanted.name(), faults);
        Set<Scope> scopes = scopes();
        Tenant tenant = tenant(scopes);
        Set<VmId> vms = vms(scopes);
        List<AddressRange> networks = networks();
        Duration lifetime = lifetime();
        Policy policy = policy(scopes);
        Map<String, String> labels = labels(scopes);
        faults.throwIfAny(MESSAGE);
        NewKey key = new NewKey(wanted.name(), tenant, scopes, vms, networks, lifetime, policy, labels);
        checkIsWithin(key);
        return key;
    }

    private Set<Scope> scopes() {
        faults.unlessBetween(1, wanted.scopes().size(), MAX_SCOPES, "/scopes", "1 to " + MAX_SCOPES + " scopes");
        Set<Scope> scopes = EnumSet.noneOf(Scope.class);
        scopes.addAll(
                faults.each("/scopes", wanted.scopes(), Scope::parse, "One of " + ALL_SCOPES, Fault.UNKNOWN_VALUE));
        return scopes;
    }

    /** Whose it is to be: unless it is said, of whom it is made. */
    private Tenant tenant(Set<Scope> scopes) {
        Tenant tenant = wanted.account() == null ? caller.tenant() : Tenant.account(wanted.account());
        if (wanted.account() != null && scopes.contains(Scope.ADMIN)) {
            faults.add("/account", "Left out with the scope admin, which is for all accounts", Fault.UNKNOWN_FIELD);
        } else if (tenant.isOperator() && scopes.contains(Scope.ADMIN_ACCOUNT)) {
            faults.add("/account", "The account whose keys it may manage", Fault.REQUIRED);
        } else if (!TenantFilter.seenBy(caller.tenant()).includes(tenant)) {
            // As if there were none, which is what other accounts are to the caller.
            faults.addAll(List.of(UNKNOWN_ACCOUNT));
        }
        return tenant;
    }

    /** Of a key for an account that does not exist. */
    static BellhopException noSuchAccount() {
        return new BellhopException(MESSAGE, List.of(UNKNOWN_ACCOUNT));
    }

    private @Nullable Set<VmId> vms(Set<Scope> scopes) {
        List<Long> vms = wanted.vms();
        if (vms == null) {
            return null;
        }
        faults.surplusUnless(
                !scopes.contains(Scope.ADMIN),
                "/vms",
                "Left out with the scope admin, whose holder can make a key that sees all VMs");
        faults.unlessBetween(
                1, vms.size(), MAX_VMS, "/vms", "1 to " + MAX_VMS + " vmids; leave the field out for all VMs");
        for (int i = 0; i < vms.size(); i++) {
            faults.unlessBetween(1, vms.get(i), Long.MAX_VALUE, "/vms/" + i, "A vmid of 1 or more");
        }
        return faults.isEmpty() ? vms.stream().map(VmId::new).collect(Collectors.toSet()) : null;
    }

    private @Nullable List<AddressRange> networks() {
        List<String> networks = wanted.networks();
        if (networks == null) {
            return null;
        }
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

    private @Nullable Duration lifetime() {
        Integer days = wanted.expiresInDays();
        if (days == null) {
            return null;
        }
        faults.unlessBetween(1, days, MAX_LIFETIME_DAYS, "/expiresInDays");
        return Duration.ofDays(days);
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

    private void checkIsWithin(NewKey key) {
        for (Scope scope : key.scopes()) {
            if (!caller.mayGive(scope)) {
                throw beyond("the scope " + scope.wireName() + ", which this one lacks");
            }
        }
        if (caller.vms() != null && (key.vms() == null || !caller.vms().containsAll(key.vms()))) {
            throw beyond("other VMs than this one has; name some of its own in vms");
        }
        if (!caller.seesLabels(key.labels())) {
            throw beyond("other labels than this one has; name at least those of its own in labels");
        }
        if (!caller.covers(key.scopes(), key.vms(), key.networks(), key.labels())) {
            throw beyond("other networks than this one has; name some of its own in networks");
        }
        if (!caller.lastsAsLongAs(key.lifetime() == null ? null : now.plus(key.lifetime()))) {
            throw beyond("more time than this one has, which expires itself; name fewer days in expiresInDays");
        }
    }

    private static BellhopException beyond(String what) {
        return new BellhopException(ErrorCode.FORBIDDEN, "Cannot give a key " + what);
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

import dev.bellhop.server.policy.Policy;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import java.net.InetAddress;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An API key without its secret, which only its holder knows.
 *
 * @param id 12 hexadecimal digits, part of the secret's text form
 * @param vms the only VMs that it can see; absent if it has no such list
 * @param networks the only networks that it can be used from; absent for anywhere
 * @param expiresAt when it becomes invalid; absent if it does not expire
 * @param secretNumber the number of the valid secret, counted from 1. In a key that admitted a request, it is the
 *     number of the secret in the request, or {@link #NO_SECRET} if its holder authenticated in another way
 * @param policy limits the commands that it can run; absent if it can run all that its account can
 * @param labels the labels of all commands that it starts, and of the only commands that it sees; empty for no limit
 */
public record Key(
        String id,
        String name,
        Tenant tenant,
        Set<Scope> scopes,
        @Nullable Set<VmId> vms,
        @Nullable List<AddressRange> networks,
        Instant createdAt,
        @Nullable Instant expiresAt,
        @Nullable Instant revokedAt,
        int secretNumber,
        @Nullable Policy policy,
        Map<String, String> labels) {

    /** The number in a key that was admitted without a secret and therefore stays valid when the secret is rotated. */
    public static final int NO_SECRET = 0;

    public Key {
        scopes = Set.copyOf(scopes);
        vms = vms == null ? null : Set.copyOf(vms);
        networks = networks == null ? null : List.copyOf(networks);
        labels = Map.copyOf(labels);
    }

    public boolean validAt(Instant time) {
        return revokedAt == null && (expiresAt == null || time.isBefore(expiresAt));
    }

    public boolean allows(Scope scope) {
        return scopes.stream().anyMatch(held -> held.contains(scope));
    }

    /**
     * Returns whether it can create a key with this scope. An admin can also grant scopes that it lacks, or else no key
     * could ever get them.
     */
    public boolean mayGive(Scope scope) {
        return allows(scope) || allows(Scope.ADMIN);
    }

    /**
     * Returns whether it can be used from an address.
     *
     * @param address absent if it is unknown
     */
    public boolean mayComeFrom(@Nullable InetAddress address) {
        return networks == null
                || (address != null && networks.stream().anyMatch(network -> network.contains(address)));
    }

    /** Returns the name that shared limits count it by. */
    public String holder() {
        return tenant.holder(id);
    }

    /** Returns whether its own list allows this VM. {@link Accounts} decides whether it sees the VM. */
    boolean lists(VmId vm) {
        return vms == null || vms.contains(vm);
    }

    /** Returns whether its labels allow it to see a command with these labels. */
    public boolean seesLabels(Map<String, String> ofCommand) {
        return ofCommand.entrySet().containsAll(labels.entrySet());
    }

    /** Returns the first characters of its secret, which people recognise it by. */
    public String prefix() {
        return KeySecret.PREFIX + id;
    }

    Key revoked(Instant now) {
        return changed(now, secretNumber, policy);
    }

    Key withSecret(int number) {
        return changed(revokedAt, number, policy);
    }

    Key withPolicy(@Nullable Policy newPolicy) {
        return changed(revokedAt, secretNumber, newPolicy);
    }

    /** Returns the same key with other rights. */
    public Key with(
            String newName,
            Set<Scope> newScopes,
            @Nullable Set<VmId> newVms,
            @Nullable List<AddressRange> newNetworks,
            @Nullable Instant newExpiresAt) {
        return new Key(
                id,
                newName,
                tenant,
                newScopes,
                newVms,
                newNetworks,
                createdAt,
                newExpiresAt,
                revokedAt,
                secretNumber,
                policy,
                labels);
    }

    private Key changed(@Nullable Instant revoked, int number, @Nullable Policy newPolicy) {
        return new Key(
                id, name, tenant, scopes, vms, networks, createdAt, expiresAt, revoked, number, newPolicy, labels);
    }

    /**
     * Returns whether a policy can restrict a key with these scopes. A key that manages keys could create one without a
     * policy.
     */
    public static boolean canHavePolicy(Set<Scope> scopes) {
        return scopes.stream().noneMatch(scope -> scope == Scope.ADMIN || scope == Scope.ADMIN_ACCOUNT);
    }

    /** Returns whether this key can grant another key these rights and networks. An admin can grant all. */
    public boolean covers(
            Set<Scope> otherScopes,
            @Nullable Set<VmId> otherVms,
            @Nullable List<AddressRange> otherNetworks,
            Map<String, String> otherLabels) {
        return allows(Scope.ADMIN) || includes(otherScopes, otherVms, otherNetworks, otherLabels);
    }

    private boolean includes(
            Set<Scope> otherScopes,
            @Nullable Set<VmId> otherVms,
            @Nullable List<AddressRange> otherNetworks,
            Map<String, String> otherLabels) {
        return otherScopes.stream().allMatch(this::allows)
                && seesLabels(otherLabels)
                && (vms == null || (otherVms != null && vms.containsAll(otherVms)))
                && (networks == null
                        || (otherNetworks != null && otherNetworks.stream().allMatch(this::coversNetwork)));
    }

    /** Returns whether it can do everything that another key can. This is required to manage that key. */
    public boolean covers(Key other) {
        return covers(other.scopes, other.vms, other.networks, other.labels);
    }

    /**
     * Returns whether it can still do everything that it could in an earlier state. Otherwise, sessions with the
     * earlier rights end.
     */
    public boolean keepsRightsOf(Key earlier) {
        return includes(earlier.scopes, earlier.vms, earlier.networks, earlier.labels);
    }

    /**
     * Returns whether it has this scope for every present and future VM of its account and for everything that is
     * started there under the account.
     */
    public boolean coversAccount(Scope scope) {
        return allows(Scope.ADMIN) || (allows(scope) && vms == null && labels.isEmpty());
    }

    /**
     * Returns whether it is valid as long as another key, and can therefore see that key's secret. An admin can see
     * all.
     *
     * @param otherExpiresAt absent if the other key does not expire
     */
    public boolean lastsAsLongAs(@Nullable Instant otherExpiresAt) {
        return allows(Scope.ADMIN)
                || expiresAt == null
                || (otherExpiresAt != null && !otherExpiresAt.isAfter(expiresAt));
    }

    private boolean coversNetwork(AddressRange other) {
        return networks == null || networks.stream().anyMatch(network -> network.contains(other));
    }
}

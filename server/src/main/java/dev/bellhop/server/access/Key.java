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
 * An API key, without its secret, which is known to its holder alone.
 *
 * @param id 12 hexadecimal digits, part of the secret's text form
 * @param vms the only VMs that it may see; absent where it has no such list
 * @param networks from where alone it may be used; absent for anywhere
 * @param expiresAt from then on it is no key any more; absent where it does not expire
 * @param secretNumber which of its secrets, counted from 1, is valid; of a key that has let a request in, by which it did, or {@link
 *     #NO_SECRET} where its holder has proved otherwise who it is
 * @param policy which commands it may run; absent where it may run all that its account may
 * @param labels what all commands have that it starts, and those alone that it sees; none for all
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

    /** Of a key that was not let in by a secret, and so goes on when that is rotated. */
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

    /** Whether it may make a key that has this scope. An admin may give what it has not: somebody has to have it first. */
    public boolean mayGive(Scope scope) {
        return allows(scope) || allows(Scope.ADMIN);
    }

    /** Whether it may be used from an address; absent where that is not known. */
    public boolean mayComeFrom(@Nullable InetAddress address) {
        return networks == null
                || (address != null && networks.stream().anyMatch(network -> network.contains(address)));
    }

    /** With whom it shares what is bounded. */
    public String holder() {
        return tenant.holder(id);
    }

    /** Whether its own list lets it see this VM. {@link Accounts} says whether it does. */
    boolean lists(VmId vm) {
        return vms == null || vms.contains(vm);
    }

    /** Whether it sees commands with these labels, as far as its own go. */
    public boolean seesLabels(Map<String, String> ofCommand) {
        return ofCommand.entrySet().containsAll(labels.entrySet());
    }

    /** The first characters of its secret, by which people recognise it. */
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

    /** The same key with other rights. */
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

    /** Whether a policy can bind it: who manages keys could make one without. */
    public static boolean canHavePolicy(Set<Scope> scopes) {
        return scopes.stream().noneMatch(scope -> scope == Scope.ADMIN || scope == Scope.ADMIN_ACCOUNT);
    }

    /** Whether this key may give all that another one is to be able to do, and from there; one of an admin may give all. */
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

    /** Whether it may do all that another key may: so much it takes to decide about that one. */
    public boolean covers(Key other) {
        return covers(other.scopes, other.vms, other.networks, other.labels);
    }

    /** Whether it may still do all that it could in an earlier state. Otherwise, sessions with the earlier rights end. */
    public boolean keepsRightsOf(Key earlier) {
        return includes(earlier.scopes, earlier.vms, earlier.networks, earlier.labels);
    }

    /** Whether it may do this in each VM of its account, now and later, and to whatever is started there under the account. */
    public boolean coversAccount(Scope scope) {
        return allows(Scope.ADMIN) || (allows(scope) && vms == null && labels.isEmpty());
    }

    /**
     * Whether it lasts as long as another one, whose secret it may then know; an admin's may know all.
     *
     * @param otherExpiresAt absent where the other one does not expire
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

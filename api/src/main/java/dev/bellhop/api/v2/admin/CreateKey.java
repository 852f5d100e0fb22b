// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.admin;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The body of {@code POST /api/v2/keys}.
 *
 * @param name for people, 1 to 100 characters
 * @param scopes what the key may do: {@code read:vm}, {@code write:vm}, {@code read:raw}, {@code power:vm},
 *     {@code guest:vm}, {@code terminal:vm}, {@code files:vm}, {@code forward:vm},
 *     {@code read:metrics}, {@code admin:account}, {@code admin}; one at least
 * @param vms the only VMs that the key sees; absent for all, or all of its account
 * @param expiresInDays days until the key stops working, 1 to 3650; absent for never
 * @param account the id of the account that it is to belong to; absent for that of the key it is made with
 * @param networks the addresses and networks that it may be used from; absent for anywhere
 * @param policy which commands the key may run; absent for all that its account may
 * @param labels what all commands have that the key starts, and those alone that it sees, sorted by name; absent for all
 * @param expiresAt when the key stops working; not with {@code expiresInDays}
 * @param expiresInSeconds seconds until the key stops working, 60 or more; not with {@code expiresInDays} or {@code expiresAt}
 */
public record CreateKey(
        String name,
        List<String> scopes,
        @Nullable List<Long> vms,
        @Nullable Integer expiresInDays,
        @Nullable String account,
        @Nullable List<String> networks,
        @Nullable PolicyDocument policy,
        @Nullable Map<String, String> labels,
        @Nullable Instant expiresAt,
        @Nullable Long expiresInSeconds) {
    public CreateKey {
        Objects.requireNonNull(name, "name");
        scopes = List.copyOf(Objects.requireNonNull(scopes, "scopes"));
        vms = vms == null ? null : List.copyOf(vms);
        networks = networks == null ? null : List.copyOf(networks);
        labels = labels == null ? null : Collections.unmodifiableMap(new TreeMap<>(labels));
    }

    /** Begins a key without scopes. */
    public static Builder named(String name) {
        return new Builder(name);
    }

    /** Not thread safe. */
    public static final class Builder {

        private final String name;
        private final List<String> scopes = new ArrayList<>();
        private @Nullable List<Long> vms;
        private @Nullable Integer expiresInDays;
        private @Nullable String account;
        private @Nullable List<String> networks;
        private @Nullable PolicyDocument policy;
        private @Nullable Map<String, String> labels;
        private @Nullable Instant expiresAt;
        private @Nullable Long expiresInSeconds;

        private Builder(String name) {
            this.name = name;
        }

        /** Adds scopes. */
        public Builder scopes(Scope... more) {
            for (Scope scope : more) {
                scopes.add(scope.text());
            }
            return this;
        }

        /** Limits the key to these VMs. */
        public Builder vms(Long... vmids) {
            vms = List.of(vmids);
            return this;
        }

        public Builder expiresInDays(int days) {
            expiresInDays = days;
            return this;
        }

        public Builder expiresAt(Instant time) {
            expiresAt = time;
            return this;
        }

        /** At least 60. */
        public Builder expiresInSeconds(long seconds) {
            expiresInSeconds = seconds;
            return this;
        }

        /** The id of the account that owns the key. */
        public Builder account(String id) {
            account = id;
            return this;
        }

        /** Limits the key to these client addresses and networks. */
        public Builder networks(String... addresses) {
            networks = List.of(addresses);
            return this;
        }

        public Builder policy(PolicyDocument document) {
            policy = document;
            return this;
        }

        /** Labels of all commands that the key starts and sees. */
        public Builder labels(Map<String, String> values) {
            labels = values;
            return this;
        }

        public CreateKey build() {
            return new CreateKey(
                    name, scopes, vms, expiresInDays, account, networks, policy, labels, expiresAt, expiresInSeconds);
        }
    }
}

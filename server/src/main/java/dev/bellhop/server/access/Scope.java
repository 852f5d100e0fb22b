// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

import java.util.Arrays;
import java.util.Optional;

/** What a key may do, from the least to the most: each scope contains those before it. */
public enum Scope {
    /** See VMs and their state. */
    READ_VM("read:vm"),
    /** Run commands and read their output, which can hold secrets. */
    WRITE_VM("write:vm"),
    /** Everything, keys included. */
    ADMIN("admin");

    private final String wireName;

    Scope(String wireName) {
        this.wireName = wireName;
    }

    /** The name as clients and the store see it. */
    public String wireName() {
        return wireName;
    }

    /** Whether a key with this scope may do what the other allows. */
    boolean contains(Scope other) {
        return compareTo(other) >= 0;
    }

    public static Optional<Scope> parse(String wireName) {
        return Arrays.stream(values()).filter(s -> s.wireName.equals(wireName)).findFirst();
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** What a key may do. In the order in which they are listed. */
public enum Scope {
    READ_VM("read:vm"),
    /** Run commands and read their output, which can hold secrets. */
    WRITE_VM("write:vm"),
    /**
     * Read output as it is, with the secrets that are masked otherwise: beside {@link #WRITE_VM} that of commands, beside {@link
     * #TERMINAL_VM} recordings of terminals. In no other scope.
     */
    READ_RAW("read:raw"),
    POWER_VM("power:vm"),
    /** Change the guest by the agent's own functions: freeze and trim file systems, set passwords, SSH keys and the time. */
    GUEST_VM("guest:vm"),
    /** Open terminals and type in them, which policies see less of than of commands. */
    TERMINAL_VM("terminal:vm"),
    /** Read and write files, which can hold secrets and programs: as much as {@link #WRITE_VM}, by another way. */
    FILES_VM("files:vm"),
    /** Connect from within guests to TCP ports: to those of the guest itself, or where policy says. */
    FORWARD_VM("forward:vm"),
    /** Read the server's metrics, for Prometheus. They are about all accounts together. */
    READ_METRICS("read:metrics"),
    /** Manage the keys of its own account, its saved commands and masks, within what it may do itself. */
    ADMIN_ACCOUNT("admin:account"),
    /** Everything but raw output, keys and accounts included. */
    ADMIN("admin");

    /** All of them, for people. */
    public static final String NAMES =
            Arrays.stream(values()).map(Scope::wireName).collect(Collectors.joining(", "));

    private final String wireName;

    Scope(String wireName) {
        this.wireName = wireName;
    }

    public String wireName() {
        return wireName;
    }

    /** Whether a key with this scope may do what the other allows. */
    boolean contains(Scope other) {
        return switch (this) {
            case READ_VM, READ_RAW, READ_METRICS -> other == this;
            case WRITE_VM, POWER_VM, GUEST_VM, TERMINAL_VM, FILES_VM, FORWARD_VM, ADMIN_ACCOUNT ->
                other == this || other == READ_VM;
            case ADMIN -> other != READ_RAW;
        };
    }

    public static Optional<Scope> parse(String wireName) {
        return Arrays.stream(values()).filter(s -> s.wireName.equals(wireName)).findFirst();
    }
}

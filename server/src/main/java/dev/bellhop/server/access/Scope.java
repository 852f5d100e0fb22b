// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** The permissions of a key, in listing order. */
public enum Scope {
    READ_VM("read:vm"),
    /** Run commands and read their output, which can hold secrets. */
    WRITE_VM("write:vm"),
    /**
     * Read output without masking, secrets included: of commands with {@link #WRITE_VM}, of terminal recordings with
     * {@link #TERMINAL_VM}. No other scope includes it.
     */
    READ_RAW("read:raw"),
    POWER_VM("power:vm"),
    /**
     * Change the guest with the agent's own functions: freeze and trim file systems, set passwords, SSH keys and the
     * time.
     */
    GUEST_VM("guest:vm"),
    /** Open terminals and type in them. Policies see less of terminals than of commands. */
    TERMINAL_VM("terminal:vm"),
    /** Read and write files, which can hold secrets and programs. As powerful as {@link #WRITE_VM}. */
    FILES_VM("files:vm"),
    /** Connect from within guests to TCP ports: of the guest itself, or of the hosts that a policy allows. */
    FORWARD_VM("forward:vm"),
    /** Read the server's metrics, for Prometheus. They cover all accounts. */
    READ_METRICS("read:metrics"),
    /** Manage the keys, saved commands and masks of the key's account, limited to the key's rights. */
    ADMIN_ACCOUNT("admin:account"),
    /** Everything except raw output; includes keys and accounts. */
    ADMIN("admin");

    /** The names of all scopes, for messages. */
    public static final String NAMES =
            Arrays.stream(values()).map(Scope::wireName).collect(Collectors.joining(", "));

    private final String wireName;

    Scope(String wireName) {
        this.wireName = wireName;
    }

    public String wireName() {
        return wireName;
    }

    /** Returns whether this scope includes another. */
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

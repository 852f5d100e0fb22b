// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The name of a node, which is the process on one hypervisor host. It is one token of a subject, so it has neither dots nor
 * wildcards: lowercase letters, digits and hyphens, at most 63 characters, a letter or digit first and last.
 *
 * <p>Who sent a message is told by its subject, which NATS checks, and never by what is in the message.
 */
public record NodeId(String value) implements Comparable<NodeId> {
    public static final int MAX_LENGTH = 63;

    private static final Pattern FORM = Pattern.compile("[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?");

    public NodeId {
        if (!isValid(value)) {
            throw new IllegalArgumentException(
                    "Cannot use this name for a node because it may have only lowercase letters,"
                            + " digits and hyphens, none first or last, and at most " + MAX_LENGTH
                            + " characters; a host's short name does");
        }
    }

    /** Empty where the text cannot be a node's name. */
    public static Optional<NodeId> parse(String text) {
        return isValid(text) ? Optional.of(new NodeId(text)) : Optional.empty();
    }

    private static boolean isValid(String text) {
        return FORM.matcher(text).matches();
    }

    @Override
    public int compareTo(NodeId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}

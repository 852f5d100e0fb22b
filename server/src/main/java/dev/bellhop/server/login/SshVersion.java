// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.login;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The version of a guest's OpenSSH. */
record SshVersion(int major, int minor) implements Comparable<SshVersion> {
    /** The first version that supports expiry times. */
    static final SshVersion EXPIRY = new SshVersion(7, 7);
    /** The first version that accepts expiry times in UTC. */
    static final SshVersion EXPIRY_IN_UTC = new SshVersion(9, 1);

    private static final Pattern VERSION = Pattern.compile("([1-9][0-9]{0,2})\\.([0-9]{1,3})(?:\\..*)?");

    static Optional<SshVersion> parse(String text) {
        Matcher found = VERSION.matcher(text);
        return found.matches()
                ? Optional.of(new SshVersion(Integer.parseInt(found.group(1)), Integer.parseInt(found.group(2))))
                : Optional.empty();
    }

    boolean isAtLeast(SshVersion other) {
        return compareTo(other) >= 0;
    }

    @Override
    public int compareTo(SshVersion other) {
        return major == other.major ? Integer.compare(minor, other.minor) : Integer.compare(major, other.major);
    }

    @Override
    public String toString() {
        return major + "." + minor;
    }
}

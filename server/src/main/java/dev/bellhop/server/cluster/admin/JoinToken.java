// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.admin;

import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.digest.Digests;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a node joins its cluster by: {@code bellhopnode_NAME_SECRET}, where SECRET is 64 hexadecimal digits. The prefix lets people and
 * secret scanners recognise one; the name is that of the node, so nobody types it a second time; the secret is 256 random bits, which is
 * why a plain SHA-256 of it is enough.
 */
final class JoinToken {
    private static final String PREFIX = "bellhopnode_";
    private static final int SECRET_BYTES = 32;
    private static final Pattern FORM = Pattern.compile(PREFIX + "([a-z0-9-]{1,63})_[0-9a-f]{64}");
    private static final SecureRandom RANDOM = new SecureRandom();

    private final NodeId node;
    private final String text;

    private JoinToken(NodeId node, String text) {
        this.node = node;
        this.text = text;
    }

    static JoinToken generate(NodeId node) {
        byte[] secret = new byte[SECRET_BYTES];
        RANDOM.nextBytes(secret);
        return new JoinToken(node, PREFIX + node + "_" + HexFormat.of().formatHex(secret));
    }

    /** Empty where the text is none, whether or not there is such a node. */
    static Optional<JoinToken> parse(String text) {
        Matcher form = FORM.matcher(text);
        return form.matches() ? NodeId.parse(form.group(1)).map(node -> new JoinToken(node, text)) : Optional.empty();
    }

    NodeId node() {
        return node;
    }

    /** The whole text. To be shown once, to whoever adds the node. */
    String reveal() {
        return text;
    }

    /** SHA-256 of the whole text. */
    byte[] hash() {
        return Digests.sha256(text);
    }

    @Override
    public String toString() {
        return PREFIX + node + "_…";
    }
}

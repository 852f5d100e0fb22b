// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.sshkey;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Reads public keys that people paste, and explains their errors. */
public final class PublicKeyText {
    private static final String WHAT_TO_SEND =
            "send the line of a file .pub, such as ~/.ssh/id_ed25519.pub, which ssh-keygen makes";

    /**
     * Texts in private keys of OpenSSH, PEM and PuTTY. The last one is the beginning of all keys in OpenSSH's format,
     * after their first line.
     */
    private static final List<String> PRIVATE =
            List.of("PRIVATE KEY", "PuTTY-User-Key-File", "Private-Lines:", "b3BlbnNzaC1rZXktdjE");

    private PublicKeyText() {}

    /** Returns whether a text contains a private key, which must never be kept, shown or quoted. */
    public static boolean isPrivate(String text) {
        return PRIVATE.stream().anyMatch(text::contains);
    }

    /** Reads a key in the format of a .pub file: type, key and optionally a comment. */
    public static PublicKey read(String text) throws UnusableKeyException {
        if (isPrivate(text)) {
            throw new UnusableKeyException(
                    "it is a private key, which nobody but its owner is to have; nothing of it was kept. Send the public key,"
                            + " whose file ends with .pub, and make another pair, as this one has been sent around");
        }
        String line = text.strip();
        if (line.isEmpty()) {
            throw new UnusableKeyException("it is empty; " + WHAT_TO_SEND);
        }
        if (line.startsWith("---")) {
            throw new UnusableKeyException(
                    "it is in another format than OpenSSH's; 'ssh-keygen -i -f FILE' turns it into that, with -m PKCS8 where"
                            + " it begins -----BEGIN PUBLIC KEY-----");
        }
        if (line.lines().count() > 1) {
            throw new UnusableKeyException("it has more than one line; send one key at a time");
        }
        // Any number of spaces and tabs counts as one space before the comment.
        String[] words = line.split("[ \\t]+", 3);
        Optional<PublicKey> key = PublicKey.parse(String.join(" ", words));
        if (key.isEmpty()) {
            throw new UnusableKeyException(whatIsWrong(words));
        }
        return key.get();
    }

    private static String whatIsWrong(String[] words) {
        String type = words[0];
        if (PublicKey.PARTS.containsKey(type)) {
            return ofKnownType(words);
        }
        if (type.contains("-cert-v01@openssh.com")) {
            return "it is a certificate; register the public key that it is for";
        }
        if (Arrays.stream(words).skip(1).anyMatch(PublicKeyText::namesType)) {
            return "it has options in front of the key, which are for authorized_keys and not for here; send it from its type"
                    + " on, and give the API key what it may do";
        }
        if (type.equals("ssh-dss")) {
            return "keys of the type ssh-dss can be broken; make another one: ssh-keygen -t ed25519";
        }
        return "it is of no type that is taken: " + accepted() + "; " + WHAT_TO_SEND;
    }

    /** Also finds a type after a space in an option, as in command="uptime -p". */
    private static boolean namesType(String rest) {
        return Arrays.stream(rest.split("[ \\t]+")).anyMatch(PublicKey.PARTS::containsKey);
    }

    private static String ofKnownType(String[] words) {
        if (words.length < 2) {
            return "the key itself is missing behind its type; " + WHAT_TO_SEND;
        }
        if (words[0].equals("ssh-rsa")) {
            int bits = bits(words[1]);
            if (bits > 0 && bits < PublicKey.MIN_RSA_BITS) {
                return "it is a key of RSA with " + bits + " bits, and fewer than " + PublicKey.MIN_RSA_BITS
                        + " can be broken; make another one: ssh-keygen -t ed25519";
            }
        }
        if (words.length > 2 && PublicKey.parse(words[0] + " " + words[1]).isPresent()) {
            return "its comment is longer than " + PublicKey.MAX_COMMENT
                    + " characters, or has some that cannot be printed; leave it out";
        }
        return "it is not whole, or not of the type that stands in front; " + WHAT_TO_SEND;
    }

    private static int bits(String base64) {
        return PublicKey.blob(base64)
                .flatMap(PublicKey::parts)
                .filter(parts -> parts.size() > 2)
                .map(parts -> new BigInteger(1, parts.get(2)).bitLength())
                .orElse(0);
    }

    private static String accepted() {
        return String.join(", ", PublicKey.PARTS.keySet().stream().sorted().toList());
    }
}

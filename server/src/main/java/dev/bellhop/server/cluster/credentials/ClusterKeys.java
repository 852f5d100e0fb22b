// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.credentials;

import dev.bellhop.server.cluster.credentials.NkeyText.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;

/**
 * The keys that API servers hold, and nodes do not: with them come the tokens of all who talk over the cluster's NATS. Immutable,
 * thread safe.
 *
 * @param operator signs what an account is, and who is revoked in it
 * @param account signs the tokens of nodes and API servers
 * @param system signs the token with which an account is changed
 */
public record ClusterKeys(Nkey operator, Nkey account, Nkey system) {
    /** In the same folder: the certificates by which NATS is known, in PEM. */
    public static final String CA_FILE = "ca.pem";

    static final String OPERATOR_FILE = "operator-signing.nk";
    static final String ACCOUNT_FILE = "account.nk";
    static final String SYSTEM_FILE = "system.nk";

    static ClusterKeys generate() {
        return new ClusterKeys(Nkey.generate(Kind.OPERATOR), Nkey.generate(Kind.ACCOUNT), Nkey.generate(Kind.ACCOUNT));
    }

    /**
     * Reads them from the folder {@code api} that {@code bellhop cluster init} wrote.
     *
     * @throws IOException with a sentence that says what to do
     */
    public static ClusterKeys read(Path folder) throws IOException {
        return new ClusterKeys(
                key(folder.resolve(OPERATOR_FILE), Kind.OPERATOR),
                key(folder.resolve(ACCOUNT_FILE), Kind.ACCOUNT),
                key(folder.resolve(SYSTEM_FILE), Kind.ACCOUNT));
    }

    private static Nkey key(Path file, Kind kind) throws IOException {
        String text = PrivateFiles.read(file);
        try {
            Nkey key = Nkey.fromSeed(text.strip());
            if (key.kind() == kind) {
                return key;
            }
        } catch (IllegalArgumentException e) {
            // Said below, without what is in the file.
        }
        throw new IOException("Cannot use the key " + file + " because it is no seed of NATS for an "
                + kind.name().toLowerCase(Locale.ROOT)
                + "; take the file from a backup of what 'bellhop cluster init' wrote");
    }

    void write(Path folder) throws IOException {
        PrivateFiles.write(folder.resolve(OPERATOR_FILE), operator.seed() + "\n");
        PrivateFiles.write(folder.resolve(ACCOUNT_FILE), account.seed() + "\n");
        PrivateFiles.write(folder.resolve(SYSTEM_FILE), system.seed() + "\n");
    }

    @Override
    public String toString() {
        return "ClusterKeys[" + account + "]";
    }
}

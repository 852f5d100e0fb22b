// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.credentials;

import dev.bellhop.server.cluster.NodeId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;

/**
 * A folder with what one node shows NATS: its key, which is its own, and the token that an API server signed for it. Beside them are
 * the certificates by which it knows NATS.
 */
public final class NodeFolder {
    private static final String KEY_FILE = "node.nk";
    private static final String TOKEN_FILE = "node.jwt";

    private NodeFolder() {}

    /**
     * Makes the folder of a node, to be carried to its host.
     *
     * @param authorities the certificates by which NATS is known; copied
     * @throws IOException with a sentence that says what to do
     */
    public static void create(ClusterKeys keys, NodeId node, Path authorities, Path folder, Instant now)
            throws IOException {
        if (Files.exists(folder)) {
            throw new IOException("Cannot make " + folder + " because it is there already; name another folder");
        }
        Nkey key = Nkey.generate(NkeyText.Kind.USER);
        PrivateFiles.createFolder(folder);
        PrivateFiles.write(folder.resolve(KEY_FILE), key.seed() + "\n");
        PrivateFiles.write(folder.resolve(TOKEN_FILE), new UserTokens(keys).node(node, key.publicKey(), now) + "\n");
        if (Files.exists(authorities)) {
            PrivateFiles.write(folder.resolve(ClusterKeys.CA_FILE), Files.readString(authorities));
        }
    }

    /**
     * Signs the token in a folder anew. The key stays.
     *
     * @throws IOException with a sentence that says what to do
     */
    public static void renew(ClusterKeys keys, NodeId node, Path folder, Instant now) throws IOException {
        Nkey key = key(folder);
        PrivateFiles.write(folder.resolve(TOKEN_FILE), new UserTokens(keys).node(node, key.publicKey(), now) + "\n");
    }

    private static Nkey key(Path folder) throws IOException {
        Path file = folder.resolve(KEY_FILE);
        try {
            return Nkey.fromSeed(PrivateFiles.read(file).strip());
        } catch (IllegalArgumentException e) {
            throw new IOException("Cannot use the key " + file + " because it is no seed of NATS; make the node's"
                    + " credentials anew");
        }
    }

    /**
     * Reads it. The token is read anew at each connection.
     *
     * @throws IOException with a sentence that says what to do
     */
    public static UserCredentials read(Path folder, NodeId node) throws IOException {
        Nkey key = key(folder);
        Path token = folder.resolve(TOKEN_FILE);
        String last = PrivateFiles.read(token).strip();
        return UserCredentials.ofNode(node, key, () -> {
            try {
                return PrivateFiles.read(token).strip();
            } catch (IOException e) {
                return last;
            }
        });
    }
}

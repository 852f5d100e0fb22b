// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.credentials;

import dev.bellhop.server.cluster.NodeId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

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

    /**
     * Begins the folder of a node that is about to join: it has a key, and no token yet. Where an attempt to join has left one so, that
     * is taken, since the API server may know its key by now.
     *
     * @return the public key
     * @throws IOException with a sentence that says what to do
     */
    public static String prepare(Path folder) throws IOException {
        if (Files.isSymbolicLink(folder)) {
            throw new IOException("Cannot use " + folder + " because it is a link; name the folder itself");
        }
        if (Files.exists(folder.resolve(TOKEN_FILE))) {
            throw new IOException("Cannot use " + folder
                    + " because it has the credentials of a node already; move all of it away, its key too, or name"
                    + " another folder");
        }
        if (!Files.exists(folder.resolve(KEY_FILE))) {
            try {
                PrivateFiles.createFolders(folder);
                PrivateFiles.write(
                        folder.resolve(KEY_FILE),
                        Nkey.generate(NkeyText.Kind.USER).seed() + "\n");
            } catch (IOException e) {
                throw new IOException(
                        "Cannot make the key of a node in " + folder + " ("
                                + e.getClass().getSimpleName()
                                + "); run this as root, or name a folder that you may write to",
                        e);
            }
        }
        return key(folder).publicKey();
    }

    /**
     * Puts what an API server answered into a folder that was prepared. Where root does so in the data folder of another user, all of it
     * is that user's.
     *
     * @param authorities the certificates by which NATS is known, in PEM; absent where it is reached without TLS
     * @throws IOException with a sentence that says what to do
     */
    public static void complete(Path folder, String jwt, @Nullable String authorities) throws IOException {
        if (authorities != null) {
            PrivateFiles.write(folder.resolve(ClusterKeys.CA_FILE), authorities);
        }
        replaceToken(folder, jwt);
        PrivateFiles.leaveToOwnerOfParent(folder);
    }

    /**
     * Puts a new token in place of the one in a folder.
     *
     * @throws IOException with a sentence that says what to do; also where the token is none for the folder's key
     */
    public static void replaceToken(Path folder, String jwt) throws IOException {
        Path file = folder.resolve(TOKEN_FILE);
        if (!isFor(key(folder).publicKey(), jwt)) {
            throw new IOException("Cannot use the token that the API server gave because it is none for the key in "
                    + folder + "; is that the folder of another cluster?");
        }
        try {
            PrivateFiles.write(file, jwt + "\n");
        } catch (IOException e) {
            throw new IOException(
                    "Cannot write " + file + " (" + e.getClass().getSimpleName()
                            + "); let the user that runs the node own the folder, and its service write there",
                    e);
        }
    }

    private static boolean isFor(String publicKey, String jwt) {
        try {
            return NatsJwt.body(jwt).path("sub").asString("").equals(publicKey);
        } catch (IllegalArgumentException e) {
            return false;
        }
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

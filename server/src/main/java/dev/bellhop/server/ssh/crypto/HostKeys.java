// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.crypto;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.sshd.common.NamedResource;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyPairResourceWriter;
import org.apache.sshd.common.digest.BuiltinDigests;
import org.apache.sshd.common.util.security.SecurityUtils;

/**
 * The keys that identify this server to clients: one Ed25519 and one ECDSA key, in files in ssh-keygen's format. A
 * missing key is created.
 */
public final class HostKeys {
    private static final Set<PosixFilePermission> OWNER_ALONE = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> OTHERS = PosixFilePermissions.fromString("---rwxrwx");
    private static final String FOLDER_OF_OWNER = "rwx------";
    private static final int SSH_PORT = 22;

    private HostKeys() {}

    /** The types of keys, with the names of sshd's files. */
    private enum Kind {
        ED25519("ssh_host_ed25519_key") {
            @Override
            KeyPair generate() throws GeneralSecurityException {
                return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
            }
        },
        ECDSA("ssh_host_ecdsa_key") {
            @Override
            KeyPair generate() throws GeneralSecurityException {
                KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
                generator.initialize(new ECGenParameterSpec("secp256r1"));
                return generator.generateKeyPair();
            }
        };

        private final String file;

        Kind(String file) {
            this.file = file;
        }

        abstract KeyPair generate() throws GeneralSecurityException;
    }

    /**
     * Reads the keys of a folder, and creates missing ones.
     *
     * @throws HostKeyException if a key cannot be used
     */
    public static List<KeyPair> in(Path folder) throws IOException {
        Files.createDirectories(
                folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(FOLDER_OF_OWNER)));
        List<KeyPair> keys = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            Path file = folder.resolve(kind.file);
            try {
                if (!Files.exists(file)) {
                    write(kind.generate(), file);
                }
                keys.add(read(file));
            } catch (HostKeyException e) {
                throw e;
            } catch (IOException | GeneralSecurityException | RuntimeException e) {
                throw new HostKeyException(
                        "Cannot use the SSH host key " + file
                                + " because it cannot be read as a private key without a passphrase",
                        e);
            }
        }
        return keys;
    }

    /** Returns the paths of the certificates for a folder's keys, in the order of {@link #in}. */
    static List<Path> certificates(Path folder) {
        return Stream.of(Kind.values())
                .map(kind -> folder.resolve(kind.file + "-cert.pub"))
                .toList();
    }

    private static KeyPair read(Path file) throws IOException, GeneralSecurityException {
        if (Files.getPosixFilePermissions(file).stream().anyMatch(OTHERS::contains)) {
            throw new HostKeyException(
                    "Cannot use the SSH host key " + file + " because others may read it; run chmod 600 on it", null);
        }
        try (var in = Files.newInputStream(file)) {
            Iterable<KeyPair> keys =
                    SecurityUtils.loadKeyPairIdentities(null, NamedResource.ofName(file.toString()), in, null);
            if (keys == null) {
                throw new GeneralSecurityException("there is none");
            }
            return keys.iterator().next();
        }
    }

    /** Writes the key atomically: a server that is killed here tries again at its next start. */
    private static void write(KeyPair key, Path file) throws IOException, GeneralSecurityException {
        Path begun = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(begun);
        Files.createFile(begun, PosixFilePermissions.asFileAttribute(OWNER_ALONE));
        try (OutputStream out = Files.newOutputStream(begun, StandardOpenOption.WRITE)) {
            OpenSSHKeyPairResourceWriter.INSTANCE.writePrivateKey(key, "bellhop", null, out);
        }
        Path publicHalf = file.resolveSibling(file.getFileName() + ".pub");
        Files.writeString(publicHalf, PublicKeyEntry.toString(key.getPublic()) + " bellhop\n");
        try {
            Files.move(begun, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileAlreadyExistsException e) {
            Files.delete(begun);
        }
    }

    /** Returns the fingerprint that {@code ssh} shows at the first login. */
    public static String fingerprint(KeyPair key) {
        return KeyUtils.getFingerPrint(BuiltinDigests.sha256, key.getPublic());
    }

    /** Returns the line for the clients' known_hosts. */
    public static String knownHost(KeyPair key, String host, int port) {
        return (port == SSH_PORT ? host : "[" + host + "]:" + port) + " " + PublicKeyEntry.toString(key.getPublic());
    }
}

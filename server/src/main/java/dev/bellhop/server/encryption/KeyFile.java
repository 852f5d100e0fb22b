// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.encryption;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keys in a file. Creates the file if it is missing and nothing is encrypted yet. */
public record KeyFile(Path path) implements KeySource {
    /** The default name, in the data folder. */
    public static final String NAME = "encryption.keys";

    private static final Logger log = LoggerFactory.getLogger(KeyFile.class);

    private static final Set<PosixFilePermission> OTHERS = PosixFilePermissions.fromString("----wxrwx");

    @Override
    public Keyset load(boolean isNew) throws EncryptionKeysException {
        try {
            if (isNew && !Files.exists(path)) {
                create(Keyset.generate());
            }
            Keyset keys = read();
            removeUnfinished();
            return keys;
        } catch (EncryptionKeysException e) {
            throw e;
        } catch (IOException e) {
            throw unusable(e);
        }
    }

    @Override
    public Keyset read() throws EncryptionKeysException {
        try {
            if (!Files.exists(path)) {
                throw new EncryptionKeysException("Cannot find the encryption keys " + path
                        + ", and without them nothing can be read of what is stored; put the file there again, from a"
                        + " backup");
            }
            requirePrivate();
            return Keyset.parse(Files.readString(path));
        } catch (GeneralSecurityException e) {
            throw new EncryptionKeysException("Cannot use the encryption keys " + path
                    + " because the file does not hold keys of AES256_GCM in Tink's JSON; take it from a backup");
        } catch (EncryptionKeysException e) {
            throw e;
        } catch (IOException e) {
            throw unusable(e);
        }
    }

    private EncryptionKeysException unusable(IOException e) {
        return new EncryptionKeysException("Cannot read or make the encryption keys " + path + ": "
                + e.getClass().getSimpleName()
                + "; let the user that runs the server read the file, and write to its folder where it is to be made");
    }

    /**
     * Another user can share a file with the server through its group, or an ACL, which shows in the group permissions.
     */
    private void requirePrivate() throws IOException {
        Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(path);
        boolean own = Files.getOwner(path).getName().equals(System.getProperty("user.name"));
        permissions.retainAll(own ? PosixFilePermissions.fromString("---rwxrwx") : OTHERS);
        if (!permissions.isEmpty()) {
            throw new EncryptionKeysException("Cannot use the encryption keys " + path
                    + " because others may read or write the file; make it its owner's alone: chmod 600 " + path);
        }
    }

    /** Creates the file completely and atomically; fails if it exists. */
    private void create(Keyset keys) throws IOException {
        Path fresh = written(keys);
        try {
            Files.createLink(path, fresh);
        } finally {
            Files.delete(fresh);
        }
        syncFolder();
        log.info("Made the encryption keys {}; keep a copy of the file, apart from copies of the database", path);
    }

    /** Returns when the keys are durable. */
    @Override
    public void replace(Keyset keys) throws EncryptionKeysException {
        try {
            Path file = path.toRealPath();
            Path fresh = new KeyFile(file).written(keys);
            try {
                Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
            } finally {
                Files.deleteIfExists(fresh);
            }
            new KeyFile(file).syncFolder();
        } catch (IOException e) {
            throw new EncryptionKeysException("Cannot write the encryption keys " + path + ": "
                    + e.getClass().getSimpleName()
                    + "; let the user that runs the server write to the folder, or add a key where the file comes from,"
                    + " and restart the server");
        }
    }

    private Path written(Keyset keys) throws IOException {
        Path fresh = fresh();
        Files.deleteIfExists(fresh);
        Files.createFile(fresh, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.wrap((keys.json().strip() + "\n").getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        } catch (IOException e) {
            Files.deleteIfExists(fresh);
            throw e;
        }
        return fresh;
    }

    private Path fresh() {
        return path.resolveSibling(path.getFileName() + ".new");
    }

    /** Deletes keys that a killed server left while writing them. Backups would not exclude this file. */
    private void removeUnfinished() throws IOException {
        Path left = new KeyFile(path.toRealPath()).fresh();
        try {
            Files.deleteIfExists(left);
        } catch (IOException e) {
            log.warn("Cannot remove {}, which may hold encryption keys; remove it", left);
        }
    }

    /** Flushes the folder: content that is encrypted with a new key must not outlive the key file. */
    private void syncFolder() throws IOException {
        try (FileChannel folder = FileChannel.open(path.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
            folder.force(true);
        }
    }

    @Override
    public String toString() {
        return path.toString();
    }
}

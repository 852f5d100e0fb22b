// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.crypto;

import dev.bellhop.server.sshkey.Certificate;
import dev.bellhop.server.sshkey.PublicKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.KeyPair;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.apache.sshd.common.config.keys.OpenSshCertificate;
import org.apache.sshd.common.keyprovider.HostKeyCertificateProvider;
import org.apache.sshd.common.session.SessionContext;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Certificates for host keys, each in a file beside its key, where ssh-keygen puts it. An added, removed or renewed
 * certificate takes effect with the next connection. A certificate that is not valid now is not shown: clients see only
 * the key. Thread safe.
 */
public final class HostCertificates implements HostKeyCertificateProvider {
    private static final Logger log = LoggerFactory.getLogger(HostCertificates.class);

    private final List<Beside> files;

    private HostCertificates(List<Beside> files) {
        this.files = files;
    }

    /**
     * Reads the certificates of a folder.
     *
     * @param keys the folder's host keys, from {@link HostKeys#in}
     * @throws HostKeyException if a certificate file cannot be used
     */
    public static HostCertificates in(Path folder, List<KeyPair> keys) throws IOException {
        List<Path> names = HostKeys.certificates(folder);
        List<Beside> files = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            Beside file = new Beside(names.get(i), keys.get(i));
            file.read();
            if (file.certificate != null && file.valid(Instant.now()).isEmpty()) {
                log.warn("The SSH host certificate {} is not valid now, and is not shown", file.path);
            }
            files.add(file);
        }
        return new HostCertificates(List.copyOf(files));
    }

    @Override
    public Iterable<OpenSshCertificate> loadCertificates(@Nullable SessionContext session) {
        Instant now = Instant.now();
        return files.stream().flatMap(file -> file.current(now).stream()).toList();
    }

    /** A certificate file, which may not exist. */
    private static final class Beside {
        private final Path path;
        private final KeyPair key;
        private @Nullable FileTime changedAt;
        private @Nullable OpenSshCertificate certificate;

        Beside(Path path, KeyPair key) {
            this.path = path;
            this.key = key;
        }

        synchronized Optional<OpenSshCertificate> current(Instant now) {
            try {
                read();
            } catch (IOException e) {
                log.warn("{}; the one before it stays in use", e.getMessage());
            }
            return valid(now);
        }

        private Optional<OpenSshCertificate> valid(Instant now) {
            return Optional.ofNullable(certificate).filter(found -> OpenSshCertificate.isValidAt(found, now));
        }

        /** Reads the file if it has changed. An error in it is reported only once per change. */
        private void read() throws IOException {
            FileTime now = Files.exists(path) ? Files.getLastModifiedTime(path) : null;
            if (!Objects.equals(now, changedAt)) {
                changedAt = now;
                certificate = now == null ? null : certificate();
            }
        }

        private OpenSshCertificate certificate() throws IOException {
            String[] words = Files.readString(path).strip().split(" ", 3);
            byte[] blob =
                    words.length < 2 ? new byte[0] : PublicKey.blob(words[1]).orElse(new byte[0]);
            Certificate read = Certificate.parse(blob)
                    .orElseThrow(() -> unusable("it is no certificate of OpenSSH for a key of Ed25519 or ECDSA"));
            if (read.isForUser()) {
                throw unusable("it is a user's; sign it with 'ssh-keygen -h'");
            }
            ByteArrayBuffer known = new ByteArrayBuffer();
            known.putRawPublicKey(key.getPublic());
            if (!read.publicKey().isSame(known.getCompactData())) {
                throw unusable("it is for another key than the one beside it; sign that one's .pub again");
            }
            if (!read.isSigned()) {
                throw unusable("its signature is not its CA's");
            }
            try {
                return (OpenSshCertificate) new ByteArrayBuffer(blob).getRawPublicKey();
            } catch (RuntimeException e) {
                throw unusable("the SSH library cannot read it");
            }
        }

        private HostKeyException unusable(String why) {
            return new HostKeyException("Cannot use the SSH host certificate " + path + " because " + why, null);
        }
    }
}

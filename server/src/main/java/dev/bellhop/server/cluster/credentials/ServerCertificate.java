// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.credentials;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A certificate for the cluster's NATS, and an authority of its own that signs it. Both are made by the JDK's keytool: Java has no
 * public way to sign a certificate. All are PEM.
 */
record ServerCertificate(String authority, String authorityKey, String certificate, String key) {
    /** Nobody renews them by themselves; who does has the authority's key. */
    private static final int VALID_DAYS = 3_650;

    /** Valid since an hour ago, because the clocks of other hosts may be behind, and they would refuse a new certificate. */
    private static final String START = "-1H";

    private static final long KEYTOOL_TIMEOUT_SECONDS = 60;
    private static final String PASSWORD_VARIABLE = "BELLHOP_STORE_PASSWORD";
    private static final Pattern ADDRESS = Pattern.compile("[0-9.]+|[0-9a-fA-F:]*:[0-9a-fA-F:.]*");

    /** Letters, digits, dots and hyphens alone, so a name is one word of keytool's. */
    static final Pattern HOST = Pattern.compile("[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|[0-9a-fA-F:]{2,45}");

    /**
     * Makes them.
     *
     * @param hosts names and addresses by which NATS is reached
     * @param scratch a folder that nobody else can read
     */
    static ServerCertificate make(List<String> hosts, Path scratch) throws IOException {
        byte[] random = new byte[24];
        new SecureRandom().nextBytes(random);
        String password = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
        Path store = scratch.resolve("certificates.p12");
        try {
            keytool(
                    store,
                    password,
                    List.of("-alias", "ca", "-dname", "CN=Bellhop cluster CA"),
                    List.of("bc:critical=ca:true,pathlen:0", "ku:critical=keyCertSign,cRLSign"));
            keytool(
                    store,
                    password,
                    List.of("-alias", "nats", "-signer", "ca", "-dname", "CN=Bellhop cluster NATS"),
                    List.of("ku:critical=digitalSignature", "eku=serverAuth", "san=" + names(hosts)));
            return read(store, password.toCharArray());
        } finally {
            Files.deleteIfExists(store);
        }
    }

    private static String names(List<String> hosts) {
        return hosts.stream()
                .map(host -> (ADDRESS.matcher(host).matches() ? "ip:" : "dns:") + host)
                .collect(Collectors.joining(","));
    }

    private static void keytool(Path store, String password, List<String> arguments, List<String> extensions)
            throws IOException {
        Path program = Path.of(System.getProperty("java.home"), "bin", "keytool");
        List<String> command = new ArrayList<>(List.of(
                program.toString(),
                // It ends before the second compiler pays off.
                "-J-XX:TieredStopAtLevel=1",
                "-genkeypair",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-sigalg",
                "SHA256withECDSA",
                "-startdate",
                START,
                "-validity",
                Integer.toString(VALID_DAYS),
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass:env",
                PASSWORD_VARIABLE));
        command.addAll(arguments);
        extensions.forEach(extension -> command.addAll(List.of("-ext", extension)));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
        builder.environment().put(PASSWORD_VARIABLE, password);
        String trouble;
        try {
            Process process = builder.start();
            try (InputStream out = process.getInputStream()) {
                trouble = new String(out.readAllBytes(), StandardCharsets.UTF_8).strip();
            }
            if (process.waitFor(KEYTOOL_TIMEOUT_SECONDS, TimeUnit.SECONDS) && process.exitValue() == 0) {
                return;
            }
            process.destroyForcibly();
        } catch (IOException e) {
            trouble = "it cannot be run";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            trouble = "interrupted";
        }
        throw new IOException("Cannot make a certificate with " + program + ": " + trouble
                + "; bring your own with --tls-ca, --tls-certificate and --tls-key");
    }

    private static ServerCertificate read(Path file, char[] password) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(in, password);
            return new ServerCertificate(
                    pem("CERTIFICATE", store.getCertificate("ca").getEncoded()),
                    pem("PRIVATE KEY", key(store, "ca", password)),
                    pem("CERTIFICATE", own(store).getEncoded()),
                    pem("PRIVATE KEY", key(store, "nats", password)));
        } catch (GeneralSecurityException e) {
            throw new IOException("Cannot read what keytool made", e);
        }
    }

    private static Certificate own(KeyStore store) throws GeneralSecurityException {
        return store.getCertificateChain("nats")[0];
    }

    private static byte[] key(KeyStore store, String alias, char[] password) throws GeneralSecurityException {
        Key key = store.getKey(alias, password);
        return key.getEncoded();
    }

    private static String pem(String type, byte[] der) {
        return "-----BEGIN " + type + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der) + "\n-----END " + type + "-----\n";
    }

    @Override
    public String toString() {
        return "ServerCertificate";
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import static dev.bellhop.server.ssh.ForgedCertificates.ED25519;
import static dev.bellhop.server.ssh.ForgedCertificates.HOST;
import static dev.bellhop.server.ssh.ForgedCertificates.USER;
import static dev.bellhop.server.ssh.ForgedCertificates.signature;
import static dev.bellhop.server.ssh.ForgedCertificates.signed;
import static dev.bellhop.server.ssh.ForgedCertificates.unsigned;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.sshkey.SecurityKeyDevice;
import java.io.IOException;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.auth.AbstractUserAuth;
import org.apache.sshd.client.auth.AbstractUserAuthFactory;
import org.apache.sshd.client.auth.UserAuth;
import org.apache.sshd.client.keyverifier.AcceptAllServerKeyVerifier;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Certificates that no real client offers, by one that sends whatever it is given: each is refused for one reason alone. */
@Timeout(120)
@Tag("real")
@Tag("ssh")
class SshForgedCertificatesTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final String LOGIN = "1";
    private static final String METHOD = "publickey";

    @TempDir
    private static Path folder;

    private static TestServer server;

    /** All are registered CAs. */
    private static KeyPair authority;

    private static KeyPair rsaAuthority;

    private static SecurityKeyDevice device;

    private static KeyPair user;

    @BeforeAll
    static void start() throws Exception {
        server = TestServer.in(folder).realAgent(1).ssh().start();
        authority = ForgedCertificates.ed25519();
        rsaAuthority = ForgedCertificates.rsa();
        user = ForgedCertificates.ed25519();
        String key = server.makeKey(List.of("write:vm"), List.of(1L)).id();
        device = SecurityKeyDevice.ed25519();
        for (String line : List.of(
                ForgedCertificates.line(authority),
                ForgedCertificates.line(rsaAuthority),
                device.publicKey().line())) {
            assertThat(server.admin()
                            .post(
                                    "/api/v2/keys/" + key + "/ssh-keys",
                                    "{\"key\": \"" + line + "\", \"principals\": [\"" + ForgedCertificates.PRINCIPAL
                                            + "\"]}")
                            .status())
                    .isEqualTo(201);
        }
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    /**
     * What came of one offer.
     *
     * @param asked whether the door would have it signed
     * @param admitted whether its holder is in
     */
    record Outcome(boolean asked, boolean admitted) {}

    private static final Outcome ADMITTED = new Outcome(true, true);
    private static final Outcome REFUSED = new Outcome(false, false);

    /** Asks whether a certificate would do, and signs whatever the answer is. */
    private static final class Offer extends AbstractUserAuth {
        private final byte[] certificate;
        private final KeyPair signer;
        private int sent;
        private boolean asked;

        Offer(byte[] certificate, KeyPair signer) {
            super(METHOD);
            this.certificate = certificate;
            this.signer = signer;
        }

        @Override
        protected boolean sendAuthDataRequest(ClientSession session, String service) throws Exception {
            sent++;
            if (sent > 2) {
                return false;
            }
            send(session, service, sent == 2);
            return true;
        }

        @Override
        protected boolean processAuthDataRequest(ClientSession session, String service, Buffer answer)
                throws Exception {
            assertThat(answer.getUByte()).isEqualTo(SshConstants.SSH_MSG_USERAUTH_PK_OK);
            asked = true;
            return sendAuthDataRequest(session, service);
        }

        private void send(ClientSession session, String service, boolean withSignature) throws Exception {
            ByteArrayBuffer request = new ByteArrayBuffer();
            request.putByte(SshConstants.SSH_MSG_USERAUTH_REQUEST);
            request.putString(LOGIN);
            request.putString(service);
            request.putString(METHOD);
            request.putBoolean(withSignature);
            request.putString(ForgedCertificates.CERTIFICATE);
            request.putBytes(certificate);
            byte[] bytes = request.getCompactData();
            Buffer packet = session.createBuffer(SshConstants.SSH_MSG_USERAUTH_REQUEST);
            packet.putRawBytes(bytes, 1, bytes.length - 1);
            if (withSignature) {
                ByteArrayBuffer content = new ByteArrayBuffer();
                content.putBytes(session.getSessionId());
                content.putRawBytes(bytes);
                packet.putBytes(signature(ED25519, signer, content.getCompactData()));
            }
            session.writePacket(packet);
        }
    }

    private static Outcome offer(byte[] certificate, KeyPair signer) throws IOException {
        Offer offer = new Offer(certificate, signer);
        try (SshClient client = SshClient.setUpDefaultClient()) {
            client.setServerKeyVerifier(AcceptAllServerKeyVerifier.INSTANCE);
            client.setUserAuthFactories(List.of(new AbstractUserAuthFactory(METHOD) {
                @Override
                public UserAuth createUserAuth(ClientSession session) {
                    return offer;
                }
            }));
            client.start();
            try (ClientSession session =
                    client.connect(LOGIN, server.ssh()).verify(TIMEOUT).getSession()) {
                boolean isIn = session.auth().await(TIMEOUT) && session.isAuthenticated();
                assertThat(offer.sent).as("it was signed").isGreaterThanOrEqualTo(2);
                return new Outcome(offer.asked, isIn);
            }
        }
    }

    private static Outcome offer(byte[] certificate) throws IOException {
        return offer(certificate, user);
    }

    private static byte[] flipped(byte[] bytes, int at) {
        byte[] changed = bytes.clone();
        changed[at] ^= 1;
        return changed;
    }

    @Test
    void oneThatItsCaHasNotSignedIsRefused() throws Exception {
        byte[] content = unsigned(USER, user, authority);
        byte[] signature = signature(ED25519, authority, content);
        assertThat(offer(signed(content, signature))).isEqualTo(ADMITTED);

        assertThat(offer(signed(content, signature(ED25519, ForgedCertificates.ed25519(), content))))
                .as("signed by somebody else")
                .isEqualTo(REFUSED);
        assertThat(offer(signed(content, signature(ED25519, user, content))))
                .as("signed by its holder")
                .isEqualTo(REFUSED);
        for (int at : List.of(signature.length - 1, signature.length - 64)) {
            assertThat(offer(signed(content, flipped(signature, at))))
                    .as("a bit of the signature changed")
                    .isEqualTo(REFUSED);
        }
        byte[] again = unsigned(USER, ForgedCertificates.ed25519(), authority);
        assertThat(offer(signed(content, signature(ED25519, authority, again))))
                .as("the signature of another one")
                .isEqualTo(REFUSED);
        assertThat(offer(signed(content, new byte[0]))).as("no signature").isEqualTo(REFUSED);
    }

    @Test
    void aSecurityKeyMayBeTheCa() throws Exception {
        byte[] content = unsigned(USER, user, device.publicKey().bytes());
        byte[] signature = device.sign(content, (byte) 1);
        assertThat(offer(signed(content, signature))).isEqualTo(ADMITTED);
        for (int at : List.of(signature.length - 1, signature.length - 5, signature.length - 6)) {
            assertThat(offer(signed(content, flipped(signature, at))))
                    .as("a bit of the count, of the flags, of the signature itself changed")
                    .isEqualTo(REFUSED);
        }
        assertThat(offer(signed(content, Arrays.copyOf(signature, signature.length + 1))))
                .as("more than a signature")
                .isEqualTo(REFUSED);
    }

    @Test
    void oneForAHostIsRefusedThoughAllElseIsGood() throws Exception {
        byte[] content = unsigned(HOST, user, authority);
        assertThat(offer(signed(content, signature(ED25519, authority, content))))
                .isEqualTo(REFUSED);
    }

    @Test
    void anRsaCaMayNotSignByShaOne() throws Exception {
        byte[] content = unsigned(USER, user, rsaAuthority);
        assertThat(offer(signed(content, signature("rsa-sha2-256", rsaAuthority, content))))
                .isEqualTo(ADMITTED);
        assertThat(offer(signed(content, signature("ssh-rsa", rsaAuthority, content))))
                .isEqualTo(REFUSED);
    }

    @Test
    void aGoodOneIsWorthNothingWithoutItsPrivateHalf() throws Exception {
        byte[] content = unsigned(USER, user, authority);
        byte[] good = signed(content, signature(ED25519, authority, content));
        assertThat(offer(good, ForgedCertificates.ed25519())).isEqualTo(new Outcome(true, false));
        assertThat(offer(good, authority)).isEqualTo(new Outcome(true, false));
    }
}

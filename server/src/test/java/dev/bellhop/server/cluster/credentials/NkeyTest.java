// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.credentials;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.server.cluster.credentials.NkeyText.Kind;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.EdECPoint;
import java.security.spec.EdECPublicKeySpec;
import java.security.spec.NamedParameterSpec;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("cluster")
class NkeyTest {
    /** Pairs that NATS publishes: in the README and in the tests of nats-io/nkeys. */
    @ParameterizedTest
    @CsvSource({
        "SUAKYRHVIOREXV7EUZTBHUHL7NUMHPMAS7QMDU3GTIUWEI5LDNOXD43IZY,"
                + "UD466L6EBCM3YY5HEGHJANNTN4LSKTSUXTH7RILHCKEQMQHTBNLHJJXT",
        "SUAOTBNEUHZDFJT3EUMELT7MQTP24JF3XVCXQNDSCU74G5IU6VAJBKH5LI,"
                + "UDE6WTGLTTPCRJRJCKBJRGVNZTLIVR7LEEELR4CYWWWBKJS7XYIKXDUU"
    })
    void aSeedOfNatsHasItsPublicKey(String seed, String publicKey) {
        Nkey key = Nkey.fromSeed(seed);

        assertThat(key.kind()).isEqualTo(Kind.USER);
        assertThat(key.publicKey()).isEqualTo(publicKey);
        assertThat(key.seed()).isEqualTo(seed);
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void aNewKeyComesBackFromItsSeed(Kind kind) throws GeneralSecurityException {
        Nkey key = Nkey.generate(kind);
        Nkey again = Nkey.fromSeed(key.seed());
        byte[] text = "nonce".getBytes(StandardCharsets.US_ASCII);

        assertThat(again.kind()).isEqualTo(kind);
        assertThat(again.publicKey())
                .isEqualTo(key.publicKey())
                .startsWith(kind.name().substring(0, 1));
        assertThat(key.seed()).startsWith("S" + kind.name().charAt(0));
        assertThat(verifies(key.publicKey(), text, again.sign(text))).isTrue();
        assertThat(verifies(Nkey.generate(kind).publicKey(), text, again.sign(text)))
                .isFalse();
        assertThat(NkeyText.requirePublicKey(key.publicKey(), kind)).isEqualTo(key.publicKey());
        assertThat(key).hasToString(key.publicKey());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "SUAKYRHVIOREXV7EUZTBHUHL7NUMHPMAS7QMDU3GTIUWEI5LDNOXD43IZA",
                "SUAKYRHVIOREXV7EUZTBHUHL7NUMHPMAS7QMDU3GTIUWEI5LDNOXD43IZ",
                "suakyrhviorexv7euztbhuhl7numhpmas7qmdu3gtiuwei5ldnoxd43izy",
                "UD466L6EBCM3YY5HEGHJANNTN4LSKTSUXTH7RILHCKEQMQHTBNLHJJXT",
                "1UAKYRHVIOREXV7EUZTBHUHL7NUMHPMAS7QMDU3GTIUWEI5LDNOXD43IZY"
            })
    void whatIsNoSeedIsRefusedAndNotQuoted(String text) {
        assertThatThrownBy(() -> Nkey.fromSeed(text))
                .isInstanceOf(IllegalArgumentException.class)
                .satisfies(e -> assertThat(String.valueOf(e.getMessage())).doesNotContain("KYRHV", "466L6"));
    }

    @Test
    void aPublicKeyIsOfOneKind() {
        String account = Nkey.generate(Kind.ACCOUNT).publicKey();

        assertThatThrownBy(() -> NkeyText.requirePublicKey(account, Kind.USER))
                .isInstanceOf(IllegalArgumentException.class);
    }

    /** By the JDK, from what the text says. */
    static boolean verifies(String publicKey, byte[] text, byte[] signature) throws GeneralSecurityException {
        byte[] bytes = Arrays.copyOfRange(Base32.decode(publicKey), 1, 33);
        boolean odd = bytes[31] < 0;
        bytes[31] &= 0x7F;
        byte[] highestFirst = new byte[32];
        for (int i = 0; i < 32; i++) {
            highestFirst[i] = bytes[31 - i];
        }
        Signature verifier = Signature.getInstance("Ed25519");
        verifier.initVerify(KeyFactory.getInstance("Ed25519")
                .generatePublic(new EdECPublicKeySpec(
                        NamedParameterSpec.ED25519, new EdECPoint(odd, new BigInteger(1, highestFirst)))));
        verifier.update(text);
        return verifier.verify(signature);
    }
}

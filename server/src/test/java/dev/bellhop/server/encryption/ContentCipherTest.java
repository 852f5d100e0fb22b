// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.encryption;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContentCipherTest {
    private static final byte[] PLAIN = "rm -rf /srv/secret".getBytes(StandardCharsets.UTF_8);

    @TempDir
    private Path folder;

    private ContentCipher cipher() throws EncryptionKeysException {
        return ContentCipher.with(new KeyFile(folder.resolve("keys")), null);
    }

    @Test
    void whatIsSealedCanBeOpenedAndSaysNothing() throws Exception {
        byte[] sealed = cipher().seal(PLAIN, "a");

        assertThat(sealed).hasSize(PLAIN.length + ContentCipher.OVERHEAD);
        assertThat(new String(sealed, StandardCharsets.ISO_8859_1)).doesNotContain("secret");
        assertThat(cipher().open(sealed, "a")).as("after a restart").isEqualTo(PLAIN);
        assertThat(cipher().open(cipher().seal(new byte[0], "a"), "a")).isEmpty();
    }

    @Test
    void theSameIsNeverSealedToTheSame() throws Exception {
        assertThat(cipher().seal(PLAIN, "a")).isNotEqualTo(cipher().seal(PLAIN, "a"));
    }

    @Test
    void inAnotherPlaceItCannotBeOpened() throws Exception {
        byte[] sealed = cipher().seal(PLAIN, "command of 1");

        assertThatThrownBy(() -> cipher().open(sealed, "command of 2"))
                .cause()
                .isInstanceOf(UnreadableContentException.class)
                .hasMessageStartingWith("cannot decrypt the command of 2: it was changed, or put in another place");
    }

    @Test
    void everyChangedBitIsFound() throws Exception {
        ContentCipher cipher = cipher();
        byte[] sealed = cipher.seal(PLAIN, "a");
        for (int i = 0; i < sealed.length * 8; i++) {
            byte[] changed = sealed.clone();
            changed[i / 8] ^= (byte) (1 << i % 8);

            assertThatThrownBy(() -> cipher.open(changed, "a")).cause().isInstanceOf(UnreadableContentException.class);
        }
    }

    @Test
    void whatIsTooShortIsRefused() throws Exception {
        ContentCipher cipher = cipher();
        byte[] sealed = cipher.seal(PLAIN, "a");
        for (int length = 0; length < sealed.length; length++) {
            byte[] cut = java.util.Arrays.copyOf(sealed, length);

            assertThatThrownBy(() -> cipher.open(cut, "a")).cause().isInstanceOf(UnreadableContentException.class);
        }
    }

    @Test
    void anotherKeyIsNamedAsTheCause() throws Exception {
        byte[] sealed =
                ContentCipher.with(new KeyFile(folder.resolve("others")), null).seal(PLAIN, "command of 1");

        assertThatThrownBy(() -> cipher().open(sealed, "command of 1"))
                .cause()
                .isInstanceOf(UnreadableContentException.class)
                .hasMessageContaining("the key that it was encrypted with is not among the encryption keys")
                .hasNoCause();
    }

    @Test
    void manyThreadsUseIt() throws Exception {
        ContentCipher cipher = cipher();
        try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
            List<CompletableFuture<byte[]>> all = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                String context = "a" + i;
                all.add(CompletableFuture.supplyAsync(() -> cipher.open(cipher.seal(PLAIN, context), context), pool));
            }
            assertThat(all).allSatisfy(opened -> assertThat(opened.get()).isEqualTo(PLAIN));
        }
    }
}

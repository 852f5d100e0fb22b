// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.encryption;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyFileTest {
    /** A key of 128 bits. */
    private static final String OTHER_KIND = """
            {"primaryKeyId":1,"key":[{"keyData":{"typeUrl":"type.googleapis.com/google.crypto.tink.AesGcmKey",
            "value":"GhAAAAAAAAAAAAAAAAAAAAAA","keyMaterialType":"SYMMETRIC"},"status":"ENABLED","keyId":1,
            "outputPrefixType":"TINK"}]}
            """;

    @TempDir
    private Path folder;

    private Path path() {
        return folder.resolve("keys");
    }

    private KeyFile file() {
        return new KeyFile(path());
    }

    private static void refused(ThrowingCallable load, String message) {
        assertThatThrownBy(load)
                .isInstanceOf(EncryptionKeysException.class)
                .hasMessageStartingWith("Cannot ")
                .hasMessageContaining(message);
    }

    @Test
    void theFirstLoadMakesItForTheOwnerAlone() throws Exception {
        Keyset made = file().load(true);

        assertThat(Files.getPosixFilePermissions(path())).isEqualTo(PosixFilePermissions.fromString("rw-------"));
        assertThat(file().load(true).primary()).as("the same").isEqualTo(made.primary());
        assertThat(file().load(false).primary()).isEqualTo(made.primary());
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(path());
        }
    }

    @Test
    void itIsNotMadeWhereSomethingIsEncrypted() {
        refused(() -> file().load(false), "put the file there again");
        assertThat(path()).doesNotExist();
    }

    /** Of a start that was cut off. */
    @Test
    void halfAFileDoesNotHinder() throws Exception {
        Files.writeString(folder.resolve("keys.new"), "{\"prim");

        assertThat(file().load(true).ids()).hasSize(1);
    }

    /** Keys as well, where a backup that leaves out the file does not look. */
    @Test
    void noHalfWrittenFileIsLeft() throws Exception {
        Keyset keys = file().load(true);
        Path left = folder.resolve("keys.new");
        Files.writeString(left, keys.json());
        file().load(false);
        assertThat(left).doesNotExist();

        // In its place there is what cannot be replaced.
        Files.move(path(), folder.resolve("keys.old"));
        Files.createDirectories(path().resolve("folder"));
        refused(() -> file().replace(keys), "write to the folder");
        assertThat(left).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-r--r--", "rw----r--", "rw-r-----", "rw--w----", "rw-----w-"})
    void aFileThatOthersGetAtIsRefused(String mode) throws Exception {
        file().load(true);
        Files.setPosixFilePermissions(path(), PosixFilePermissions.fromString(mode));

        refused(() -> file().load(false), "chmod 600 " + path());
    }

    @Test
    void itMayBeReadOnly() throws Exception {
        int primary = file().load(true).primary();
        Files.setPosixFilePermissions(path(), PosixFilePermissions.fromString("r--------"));

        assertThat(file().load(false).primary()).isEqualTo(primary);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "no json", "{}", "[]", "null", "{\"primaryKeyId\":1}", "{\"key\":[{}]}", OTHER_KIND})
    void whatHoldsNoKeysIsRefusedAndNotQuoted(String text) throws Exception {
        Files.writeString(path(), text);
        Files.setPosixFilePermissions(path(), PosixFilePermissions.fromString("rw-------"));

        for (boolean isNew : new boolean[] {true, false}) {
            refused(() -> file().load(isNew), "does not hold keys of AES256_GCM");
        }
        refused(() -> new GivenKeys(text).load(true), GivenKeys.VARIABLE);
        assertThat(path()).hasContent(text);
    }

    @Test
    void keysCanBeGivenAsText() throws Exception {
        Keyset made = file().load(true);
        GivenKeys given = new GivenKeys(Files.readString(path()));

        assertThat(given.load(false).primary()).isEqualTo(made.primary());
        assertThat(given.toString()).isEqualTo("BELLHOP_ENCRYPTION_KEYS");
    }
}

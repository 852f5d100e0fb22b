// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.support;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Random;

/** Files that are too large to be held in memory. */
public final class LargeFile {
    private static final int PIECE = 1 << 20;

    private LargeFile() {}

    /** Makes one of bytes that no two pieces have in common. */
    public static Path make(Path file, long size) throws IOException {
        Random random = new Random(size);
        byte[] piece = new byte[PIECE];
        try (OutputStream out = Files.newOutputStream(file)) {
            for (long at = 0; at < size; at += PIECE) {
                random.nextBytes(piece);
                out.write(piece);
            }
        }
        return file;
    }

    /** Its SHA-256. */
    public static String digest(Path file) throws IOException {
        try (DigestInputStream in =
                new DigestInputStream(Files.newInputStream(file), MessageDigest.getInstance("SHA-256"))) {
            in.transferTo(OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(in.getMessageDigest().digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.tls;

import dev.bellhop.server.tls.TlsFileException.Part;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The blocks of a PEM file (RFC 7468), in order; other text is ignored. A block without an end, as in a file that is
 * being written, is ignored.
 */
record PemFile(Part part, Path path, List<Block> blocks) {
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*(?:-(?!----)[^-]*)*+)-----END \\1-----");

    /**
     * A block of a PEM file.
     *
     * @param text the text between its first and last line
     */
    record Block(String type, String text) {
        @Override
        public String toString() {
            return "Block[" + type + "]"; // The text may be a private key.
        }
    }

    static PemFile read(Part part, Path path) throws TlsFileException {
        String text;
        try {
            text = new String(PemBytes.read(path), StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException e) {
            throw new TlsFileException(part, "there is no file " + path);
        } catch (PemBytes.UnusableException e) {
            throw new TlsFileException(part, path + " " + e.getMessage());
        } catch (IOException e) {
            throw new TlsFileException(
                    part,
                    path + " cannot be read (" + e.getClass().getSimpleName()
                            + "); let the user that runs the server read it");
        }
        List<Block> blocks = new ArrayList<>();
        for (Matcher found = BLOCK.matcher(text); found.find(); ) {
            blocks.add(new Block(found.group(1), found.group(2)));
        }
        return new PemFile(part, path, List.copyOf(blocks));
    }

    byte[] bytes(Block block) throws TlsFileException {
        try {
            return Base64.getDecoder().decode(block.text().replaceAll("\\s", ""));
        } catch (IllegalArgumentException e) {
            throw damaged(block);
        }
    }

    TlsFileException damaged(Block block) {
        return wrong("has a block " + block.type() + " that is damaged");
    }

    TlsFileException wrong(String why) {
        return new TlsFileException(part, path + " " + why);
    }
}

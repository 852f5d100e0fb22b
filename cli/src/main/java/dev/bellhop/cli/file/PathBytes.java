// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.file;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Names of files here as bytes: a Path has them, and only its URI shows those that are no text. */
final class PathBytes {
    private static final Path ROOT = Path.of("/");

    private PathBytes() {}

    /** The last part of a path. */
    static byte[] name(Path path) {
        String uri = path.toUri().getRawPath().replaceFirst("/+$", "");
        return decoded(uri.substring(uri.lastIndexOf('/') + 1));
    }

    private static byte[] decoded(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == '%') {
                bytes.write(Integer.parseInt(text, i + 1, i + 3, 16));
                i += 2;
            } else {
                bytes.writeBytes(text.substring(i, i + 1).getBytes(StandardCharsets.UTF_8));
            }
        }
        return bytes.toByteArray();
    }

    /**
     * What has a name in a folder.
     *
     * @param name parts with slashes between them, none of which is empty, {@code .} or {@code ..}
     */
    static Path resolve(Path folder, byte[] name) {
        if (name.length == 0) {
            return folder;
        }
        StringBuilder uri =
                new StringBuilder(folder.toAbsolutePath().toUri().toString().replaceFirst("/+$", ""));
        uri.append('/');
        for (byte b : name) {
            boolean isPlain = (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9') || b == '/';
            uri.append(isPlain ? String.valueOf((char) b) : String.format("%%%02X", b));
        }
        return Path.of(URI.create(uri.toString()));
    }

    /** A path of any kind, as a link has it. */
    static byte[] of(Path path) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        if (path.isAbsolute()) {
            bytes.write('/');
        }
        for (Path each : path) {
            if (bytes.size() > (path.isAbsolute() ? 1 : 0)) {
                bytes.write('/');
            }
            bytes.writeBytes(name(ROOT.resolve(each)));
        }
        return bytes.toByteArray();
    }

    /** The other way round, of one that is not absolute. */
    static Path relative(byte[] bytes) {
        Path path = Path.of("");
        for (String name : new String(bytes, StandardCharsets.ISO_8859_1).split("/+", -1)) {
            Path each =
                    resolve(ROOT, name.getBytes(StandardCharsets.ISO_8859_1)).getFileName();
            path = each == null ? path : path.resolve(each);
        }
        return path;
    }
}

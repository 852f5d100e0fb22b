// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2.file;

import dev.bellhop.server.file.GuestPath;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * The header that names a body for clients that save it (RFC 6266). {@code curl} reads only {@code filename}. Browsers
 * disagree about percent signs, quotes and non-ASCII characters in it, so {@code filename*} carries such names.
 */
final class ContentDisposition {
    static final String HEADER = "Content-Disposition";

    /** The name of a body whose path has none, such as {@code /}. */
    private static final String NAMELESS = "tree";

    private static final String NOT_IN_FILENAME = "\"\\%";
    private static final String NOT_ENCODED = "!#$&+-.^_`|~";
    private static final int DELETE = 0x7F;

    private ContentDisposition() {}

    /** @param extension appended to the last name of the path */
    static String of(GuestPath path, String extension) {
        byte[] name = name(path, extension);
        StringBuilder plain = new StringBuilder();
        StringBuilder encoded = new StringBuilder();
        for (byte each : name) {
            char c = (char) (each & 0xFF);
            boolean isAscii = c < DELETE;
            plain.append(isAscii && c >= ' ' && NOT_IN_FILENAME.indexOf(c) < 0 ? c : '_');
            encoded.append(
                    NOT_ENCODED.indexOf(c) >= 0 || (isAscii && Character.isLetterOrDigit(c))
                            ? String.valueOf(c)
                            : String.format(Locale.ROOT, "%%%02X", (int) c));
        }
        String header = "attachment; filename=\"" + plain + '"';
        String text = GuestPath.text(name);
        return text == null || plain.toString().equals(text) ? header : header + "; filename*=UTF-8''" + encoded;
    }

    /** A backslash would lead a client on Windows into a directory. */
    private static byte[] name(GuestPath path, String extension) {
        String all = new String(path.bytes(), StandardCharsets.ISO_8859_1);
        String last = all.substring(Math.max(all.lastIndexOf('/'), all.lastIndexOf('\\')) + 1);
        return ((last.isEmpty() ? NAMELESS : last) + extension).getBytes(StandardCharsets.ISO_8859_1);
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.file;

import dev.bellhop.server.file.GuestPath;
import org.jspecify.annotations.Nullable;

/** The audit trail's description of a file: its path, its size and its digest, but never its content. */
final class AuditedFile {
    /** The maximum length of a text in the trail. */
    private static final int MAX_LENGTH = 200;

    private static final String CUT = "...";

    private AuditedFile() {}

    static String of(GuestPath path) {
        return cut(path.encoded(), MAX_LENGTH);
    }

    static String of(GuestPath from, GuestPath to) {
        String arrow = " -> ";
        int half = (MAX_LENGTH - arrow.length()) / 2;
        return cut(from.encoded(), half) + arrow + cut(to.encoded(), half);
    }

    /** @param sha256 absent if the file was not read completely */
    static String of(GuestPath path, long size, @Nullable String sha256) {
        String rest = " " + size + " bytes" + (sha256 == null ? "" : " sha256:" + sha256);
        return cut(path.encoded(), MAX_LENGTH - rest.length()) + rest;
    }

    /** Describes a tree, with the digest of its tar. */
    static String of(GuestPath path, long members, long size, @Nullable String sha256) {
        String rest =
                " tree of " + members + " members, " + size + " bytes" + (sha256 == null ? "" : " sha256:" + sha256);
        return cut(path.encoded(), MAX_LENGTH - rest.length()) + rest;
    }

    /** Keeps both ends of a long text, and more of the end, because it says the most. */
    private static String cut(String text, int longest) {
        if (text.length() <= longest) {
            return text;
        }
        int begin = (longest - CUT.length()) / 3;
        return text.substring(0, begin) + CUT + text.substring(text.length() - (longest - CUT.length() - begin));
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Builds the arguments that make a shell run a text. The kernel accepts 128 KiB as one argument, so a longer text is
 * split into several.
 */
public final class ShellWords {
    /** In characters of at most 4 bytes each. */
    private static final int PIECE = GuestText.MAX_ARGUMENT_BYTES / 4;

    private ShellWords() {}

    /** Returns the arguments after the name of the shell. A longer text needs a POSIX shell. */
    public static List<String> of(String text) {
        if (GuestText.fits(text, GuestText.MAX_ARGUMENT_BYTES)) {
            return List.of("-c", text);
        }
        List<String> pieces = pieces(text);
        StringBuilder join = new StringBuilder("eval \"set --\n");
        IntStream.rangeClosed(1, pieces.size())
                .forEach(number -> join.append("${").append(number).append('}'));
        List<String> words = new ArrayList<>(List.of("-c", join.append('"').toString(), "sh"));
        words.addAll(pieces);
        return words;
    }

    private static List<String> pieces(String text) {
        List<String> pieces = new ArrayList<>();
        int from = 0;
        while (from < text.length()) {
            int to = Math.min(text.length(), from + PIECE);
            if (to < text.length() && Character.isHighSurrogate(text.charAt(to - 1))) {
                to--;
            }
            pieces.add(text.substring(from, to));
            from = to;
        }
        return pieces;
    }
}

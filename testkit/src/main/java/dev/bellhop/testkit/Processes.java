// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.testkit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the kernel tells of processes that are no children of this one. */
public final class Processes {
    private Processes() {}

    /** Whether a process has ended; one that has may stand there until somebody asks how, in a container for ever. */
    public static boolean hasEnded(long pid) {
        String stat;
        try {
            stat = Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return true;
        }
        // The name before it is in brackets, and may hold any character.
        int state = stat.lastIndexOf(')') + 2;
        return state >= stat.length() || stat.charAt(state) == 'Z' || stat.charAt(state) == 'X';
    }
}

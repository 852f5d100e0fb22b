// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.script;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;

/**
 * A shell script that stands beside this class as a resource, on its way to a guest. Comments and blank lines are taken
 * out, since the text goes along with every command. A line {@code #@NAME@} is where another part goes in; other places
 * are {@code @NAME@}. Unchangeable.
 */
record GuestScript(String text) {

    static GuestScript load(String name) {
        try (InputStream in = GuestScript.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("Cannot find the script " + name + " because the jar lacks it");
            }
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return new GuestScript(text.lines()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty() && (!line.startsWith("#") || line.startsWith("#@")))
                    .collect(Collectors.joining("\n", "", "\n")));
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read the script " + name, e);
        }
    }

    /** With this script in the place of a line {@code #@NAME@}. */
    GuestScript with(String name, GuestScript part) {
        return new GuestScript(text.replace("#@" + name + "@\n", part.text));
    }

    /** With nothing in the place of a line {@code #@NAME@}. */
    GuestScript without(String name) {
        return with(name, new GuestScript(""));
    }

    /** With this, as it stands, in the places {@code @NAME@}. */
    GuestScript put(String name, String words) {
        return new GuestScript(text.replace("@" + name + "@", words));
    }

    GuestScript then(GuestScript next) {
        return new GuestScript(text + next.text);
    }

    /** A text as one word that a shell leaves as it is. */
    static String quote(String word) {
        return "'" + word.replace("'", "'\\''") + "'";
    }

    @Override
    public String toString() {
        return "GuestScript[characters=" + text.length() + "]";
    }
}

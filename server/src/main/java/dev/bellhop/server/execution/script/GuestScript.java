// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.script;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;

/**
 * A shell script that stands beside a class as a resource, on its way to a guest. Comments and blank lines are taken
 * out, since the text goes along with every command. A line {@code #@NAME@} is where another part goes in; other places
 * are {@code @NAME@}. Unchangeable.
 */
public record GuestScript(String text) {

    static GuestScript load(String name) {
        return load(GuestScript.class, name);
    }

    /** The script of this name among the resources beside a class. */
    public static GuestScript load(Class<?> beside, String name) {
        return new GuestScript(loadAsIs(beside, name)
                .lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && (!line.startsWith("#") || line.startsWith("#@")))
                .collect(Collectors.joining("\n", "", "\n")));
    }

    /** The same with its comments and its indentation, which some languages need. */
    public static String loadAsIs(Class<?> beside, String name) {
        try (InputStream in = beside.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("Cannot find the script " + name + " because the jar lacks it");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read the script " + name, e);
        }
    }

    /** What makes HOME and PATH as commands need them. */
    public static GuestScript environment() {
        return load("environment.sh");
    }

    /** What leaves the unit of the agent. */
    public static GuestScript ownUnit() {
        return load("cgroup.sh");
    }

    /** What changes the modes of a terminal, for perl ({@code pl}) or python3 ({@code py}). */
    public static GuestScript terminalModes(String language) {
        return new GuestScript(loadAsIs(GuestScript.class, "modes." + language));
    }

    /** With this script in the place of a line {@code #@NAME@}. */
    public GuestScript with(String name, GuestScript part) {
        return new GuestScript(text.replace("#@" + name + "@\n", part.text));
    }

    /** With nothing in the place of a line {@code #@NAME@}. */
    GuestScript without(String name) {
        return with(name, new GuestScript(""));
    }

    /** With this, as it stands, in the places {@code @NAME@}. */
    public GuestScript put(String name, String words) {
        return new GuestScript(text.replace("@" + name + "@", words));
    }

    public GuestScript then(GuestScript next) {
        return new GuestScript(text + next.text);
    }

    /** A text as one word that a shell leaves as it is. */
    public static String quote(String word) {
        return "'" + word.replace("'", "'\\''") + "'";
    }

    @Override
    public String toString() {
        return "GuestScript[characters=" + text.length() + "]";
    }
}

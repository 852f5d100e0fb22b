// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.admin;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One rule of a {@link PolicyDocument}. It matches a command where all the patterns that it has do; each is a regular expression
 * in RE2's syntax.
 *
 * @param name what a refusal says, 1 to 63 of a-z 0-9 . _ -
 * @param effect {@code deny} or {@code allow}
 * @param command of the command's text
 * @param argv0 of the program that runs; of text the shell
 * @param user of who runs it; {@code root} where none is named
 * @param shell of the shell of text; {@code /bin/sh} where none is named
 */
public record PolicyRule(
        String name,
        String effect,
        @Nullable String command,
        @Nullable String argv0,
        @Nullable String user,
        @Nullable String shell) {

    public static final String ALLOW = "allow";
    public static final String DENY = "deny";

    public PolicyRule {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(effect, "effect");
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.terminal;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;

/**
 * Standard input.
 *
 * @param redirected whether it is a pipe, a socket or a file, and so something that was meant to be read
 */
public record Stdin(InputStream bytes, BooleanSupplier redirected) {

    private static final int TYPE = 0170000;
    private static final int CHARACTER_DEVICE = 0020000;

    /** The one of this process. */
    public static Stdin ofProcess() {
        return new Stdin(new FileInputStream(FileDescriptor.in), Stdin::isRedirected);
    }

    /** Java tells of stdin and stdout together alone whether they are a terminal. /dev/null is a device as well. */
    private static boolean isRedirected() {
        try {
            return Files.getAttribute(Path.of("/dev/stdin"), "unix:mode") instanceof Integer mode
                    && (mode & TYPE) != CHARACTER_DEVICE;
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
            return false; // It is closed, or this is no Unix.
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.file;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A copy of a guest's file for an editor, in a folder where nobody else can read it. It is deleted in the end, unless it is to be kept. */
final class EditedCopy implements AutoCloseable {
    private final Path folder;
    private final Path path;
    private boolean kept;

    /** @param name of the guest's file: by its end, an editor knows what is in it */
    EditedCopy(String name) throws IOException {
        folder = Files.createTempDirectory("bellhop-edit-");
        path = folder.resolve(name.matches("\\.{0,2}") ? "file" : name.replaceAll("[^A-Za-z0-9._-]", "_"));
    }

    Path path() {
        return path;
    }

    /** The SHA-256 of what is in it now, in base64. */
    String digest() throws IOException {
        return Uploader.digest(path);
    }

    /** From now on it may have in it what is nowhere else. */
    void keep() {
        kept = true;
    }

    /** Nobody needs it any more. */
    void release() {
        kept = false;
    }

    /** A line for whoever is told that something failed; empty where nothing is kept. */
    String whereKept() {
        return isKept() ? "\nWhat you wrote is in " + path : "";
    }

    private boolean isKept() {
        return kept && Files.exists(path);
    }

    /** Deletes it, and what the editor has left beside it. */
    @Override
    public void close() {
        if (isKept()) {
            return;
        }
        try {
            List<Path> all;
            try (Stream<Path> found = Files.walk(folder)) {
                all = found.toList().reversed();
            }
            for (Path each : all) {
                Files.delete(each);
            }
        } catch (IOException | UncheckedIOException e) {
            // Nobody else can read it, and the system cleans up there.
        }
    }

    @Override
    public String toString() {
        return path.toString();
    }
}

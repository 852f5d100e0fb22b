// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.file;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A copy of a guest's file for an editor, in a folder where nobody else can read it. The folder is deleted in the end, unless something in it
 * may be nowhere else: what was written, or what the editor puts beside the copy for the case that it is ended, as vim does with its swap file.
 */
final class EditedCopy implements AutoCloseable {
    private final Path folder;
    private final Path path;

    /** What the copy has in it that is in the guest, too; absent while all may be deleted. */
    private volatile @Nullable String unchanged;

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

    /**
     * From now on there may be something here that is nowhere else.
     *
     * @param digest of what is in the copy and in the guest, too
     */
    void keep(String digest) {
        unchanged = digest;
    }

    /** Nobody needs it any more. */
    void release() {
        unchanged = null;
    }

    /** Lines for whoever is told that something failed; empty where nothing is kept. */
    String whereKept() {
        return (hasChanged() ? "\nWhat you wrote is in " + path : "")
                + (hasMore() ? "\nWhat the editor has left beside it is in " + folder : "");
    }

    /** Whether the copy is there and is another one. */
    private boolean hasChanged() {
        String before = unchanged;
        if (before == null || !Files.exists(path)) {
            return false;
        }
        try {
            return !before.equals(digest());
        } catch (IOException e) {
            return true; // What cannot be read now may be all that there is.
        }
    }

    private boolean hasMore() {
        if (unchanged == null) {
            return false;
        }
        try (Stream<Path> all = Files.list(folder)) {
            return all.anyMatch(each -> !each.equals(path));
        } catch (IOException | UncheckedIOException e) {
            return false; // The folder is gone.
        }
    }

    /** Deletes it, and what the editor has left beside it. */
    @Override
    public void close() {
        if (hasChanged() || hasMore()) {
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

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.stream;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** A tree of 10,000 files of 1 KiB each, 100 in a folder. */
final class SmallFiles {
    private static final int FOLDERS = 100;
    private static final int FILES = 100;
    private static final int SIZE = 1024;

    private SmallFiles() {}

    static Path make(Path root) throws IOException {
        Files.createDirectory(root);
        byte[] small = new byte[SIZE];
        new Random(SIZE).nextBytes(small);
        for (int i = 0; i < FOLDERS; i++) {
            Path folder = Files.createDirectory(root.resolve("d" + i));
            for (int j = 0; j < FILES; j++) {
                Files.write(folder.resolve("f" + j), small);
            }
        }
        return root;
    }
}

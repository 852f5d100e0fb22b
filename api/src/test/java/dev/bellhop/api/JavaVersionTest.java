// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Programs on Java 17 can load all classes of this module. */
class JavaVersionTest {

    private static final int JAVA_17 = 61;

    @Test
    void everyClassIsForJava17() throws IOException, URISyntaxException {
        URL classes = Json.class.getProtectionDomain().getCodeSource().getLocation();
        Path place = Path.of(classes.toURI());
        if (Files.isDirectory(place)) {
            check(place);
        } else {
            try (FileSystem jar = FileSystems.newFileSystem(URI.create("jar:" + classes), Map.of())) {
                check(jar.getPath("/"));
            }
        }
    }

    private static void check(Path root) throws IOException {
        List<Path> classes;
        try (Stream<Path> files = Files.walk(root)) {
            classes = files.filter(file -> file.toString().endsWith(".class")).toList();
        }
        assertThat(classes)
                .hasSizeGreaterThan(100)
                .allSatisfy(file -> assertThat(version(file)).isEqualTo(JAVA_17));
    }

    /** The major version follows the magic number and the minor version. */
    private static int version(Path file) throws IOException {
        try (InputStream bytes = Files.newInputStream(file);
                DataInputStream in = new DataInputStream(bytes)) {
            in.skipNBytes(6);
            return in.readUnsignedShort();
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.stream.Stream;
import org.tukaani.xz.XZInputStream;

/** The programs of PostgreSQL. They come from a jar, and are unpacked once per checkout. */
final class PostgresPrograms {
    /** A folder with bin, lib and share. The programs find each other wherever it is copied to. */
    static final Path FOLDER = find();

    private PostgresPrograms() {}

    private static Path find() {
        try {
            URL packed = packed();
            Path cache = Files.createDirectories(Checkout.ROOT.resolve(".cache"));
            return PostgresServer.IS_ROOT && !isOpenToOthers(cache) ? temporary(packed) : cached(packed, cache);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot unpack PostgreSQL", e);
        }
    }

    private static URL packed() throws IOException {
        String machine = System.getProperty("os.arch").equals("amd64") ? "x86_64" : "arm_64";
        URL packed = PostgresPrograms.class.getResource("/postgres-linux-" + machine + ".txz");
        if (packed == null) {
            throw new IOException("there are no programs of PostgreSQL for this machine, which is " + machine);
        }
        return packed;
    }

    /** PostgreSQL refuses to run as root, and another user cannot reach a checkout in /root. */
    private static boolean isOpenToOthers(Path folder) throws IOException {
        for (Path each = folder.toRealPath(); each != null; each = each.getParent()) {
            if (!Files.getPosixFilePermissions(each).contains(PosixFilePermission.OTHERS_EXECUTE)) {
                return false;
            }
        }
        return true;
    }

    /** In a folder that is named after the jar and so after its version. */
    private static Path cached(URL packed, Path cache) throws IOException {
        String jar = Path.of(((JarURLConnection) packed.openConnection())
                        .getJarFileURL()
                        .getPath())
                .getFileName()
                .toString();
        Path folder = cache.resolve(jar.replace(".jar", ""));
        try (FileChannel channel = FileChannel.open(
                        cache.resolve("postgres.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                var _ = channel.lock()) {
            if (!Files.exists(folder)) {
                Path unfinished = cache.resolve("postgres.unfinished");
                delete(unfinished);
                unpack(packed, Files.createDirectory(unfinished));
                Files.move(unfinished, folder);
            }
        }
        return folder;
    }

    private static Path temporary(URL packed) throws IOException {
        Path folder = Files.createTempDirectory("bellhop-postgres-programs");
        unpack(packed, folder);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder), "remove-postgres"));
        return folder;
    }

    private static void unpack(URL packed, Path folder) throws IOException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Process tar = new ProcessBuilder("tar", "-x", "--no-same-owner", "-C", folder.toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("tar.log").toFile())
                .start();
        try (InputStream content = packed.openStream();
                OutputStream unpacked = tar.getOutputStream()) {
            new XZInputStream(content).transferTo(unpacked);
        }
        PostgresServer.requireSuccess(tar, folder.resolve("tar.log"));
    }

    /** Deletes a folder with all that is in it, if there is one. */
    static void delete(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.qemu;

import dev.bellhop.server.vm.VmUsage.Network;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The kernel's information about a process in /proc. Linux only; elsewhere, or without permission to read it,
 * everything is unknown.
 */
final class ProcessFiles {
    private static final long KIB = 1024;

    /** QEMU has some files for each device; a process with far more files is not QEMU. */
    private static final int MAX_FILES = 4096;

    private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+([0-9]{1,15}) kB");

    /** The line of fdinfo that names the interface of an open /dev/net/tun. */
    private static final Pattern TAP = Pattern.compile("iff:\\s+(\\S{1,15})");

    /** Received bytes are the first number, sent bytes the ninth. */
    private static final Pattern COUNTERS =
            Pattern.compile("\\s*(\\S{1,15}):\\s*([0-9]{1,18})(?:\\s+[0-9]+){7}\\s+([0-9]{1,18})\\s.*");

    private final Path folder;

    /** @param folder {@code /proc/PID} */
    ProcessFiles(Path folder) {
        this.folder = folder;
    }

    static ProcessFiles of(long pid) {
        return new ProcessFiles(Path.of("/proc", Long.toString(pid)));
    }

    /** Returns the program and its arguments; empty if the process has ended. */
    List<String> commandLine() {
        try {
            // Arguments need not be UTF-8.
            String words = Files.readString(folder.resolve("cmdline"), StandardCharsets.ISO_8859_1);
            return words.isEmpty() ? List.of() : List.of(words.split("\0", -1));
        } catch (IOException e) {
            return List.of();
        }
    }

    Optional<Long> residentBytes() {
        return lines(folder.resolve("status")).stream()
                .map(RESIDENT::matcher)
                .filter(Matcher::matches)
                .map(found -> Long.parseLong(found.group(1)) * KIB)
                .findFirst();
    }

    /**
     * Returns the taps that the process holds, by name, counted from the guest's side: bytes that the node has sent are
     * received by the guest. Holding a tap is proof, while names and addresses would be guesses. Empty if its open
     * files may not be read.
     */
    List<Network> networks() {
        SortedSet<String> taps = taps();
        if (taps.isEmpty()) {
            return List.of();
        }
        Map<String, Network> counted = new HashMap<>();
        for (String line : lines(folder.resolve("net").resolve("dev"))) {
            Matcher counters = COUNTERS.matcher(line);
            if (counters.matches()) {
                String name = counters.group(1);
                counted.put(
                        name, new Network(name, Long.parseLong(counters.group(3)), Long.parseLong(counters.group(2))));
            }
        }
        return taps.stream()
                .map(tap -> counted.getOrDefault(tap, new Network(tap, null, null)))
                .toList();
    }

    private SortedSet<String> taps() {
        SortedSet<String> taps = new TreeSet<>();
        int seen = 0;
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder.resolve("fdinfo"))) {
            for (Path file : files) {
                if (seen++ == MAX_FILES) {
                    break;
                }
                for (String line : lines(file)) {
                    Matcher tap = TAP.matcher(line);
                    if (tap.matches()) {
                        taps.add(tap.group(1));
                    }
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            // The process has ended, or belongs to another user.
        }
        return taps;
    }

    /**
     * Returns the lines of a file; empty if it cannot be read. Names in it need not be UTF-8, so each byte becomes a
     * character.
     */
    static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file, StandardCharsets.ISO_8859_1);
        } catch (IOException | UncheckedIOException e) {
            return List.of();
        }
    }
}

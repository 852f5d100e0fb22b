// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.qemu;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * @param words the program and its arguments, each byte a character; empty if the process has ended, or this is not Linux
 */
record QemuCommandLine(List<String> words) {
    /** Distributions' names of the program that runs a machine. */
    private static final Pattern PROGRAM = Pattern.compile("(^|/)(qemu-system-[^/]+|qemu-kvm|kvm|qemu)$");

    private static final String AGENT_PORT = "org.qemu.guest_agent.0";

    static QemuCommandLine of(long pid) {
        return new QemuCommandLine(ProcessFiles.of(pid).commandLine());
    }

    /** Checks by the program's name whether this is a QEMU that runs a machine. */
    boolean isQemu() {
        return !words.isEmpty() && PROGRAM.matcher(words.getFirst()).find();
    }

    boolean hasAgentPort() {
        return words.stream().anyMatch(word -> word.contains(AGENT_PORT));
    }

    /**
     * Checks whether an argument names a socket, such as {@code socket,path=/run/1.qga,server=on} or {@code
     * unix:/run/1.qmp,server=on}.
     */
    boolean names(Path socket) {
        Set<String> spellings = spellings(socket);
        return words.stream()
                .flatMap(word -> Stream.of(word.split(",")))
                .map(part -> part.substring(Math.max(part.indexOf('='), part.indexOf(':')) + 1))
                .anyMatch(word -> isOneOf(spellings, word));
    }

    /** Checks whether a path from the kernel equals a spelling, literally or after links in its folder are resolved. */
    static boolean isOneOf(Set<String> spellings, String told) {
        if (spellings.contains(told)) {
            return true;
        }
        // Looks at a folder only if the file name matches: other folders may be on a disk that does not answer.
        String name = told.substring(told.lastIndexOf('/') + 1);
        if (!told.startsWith("/") || spellings.stream().noneMatch(spelling -> spelling.endsWith("/" + name))) {
            return false;
        }
        try {
            Path path = Path.of(new String(told.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8));
            return spellings.contains(asTold(withoutLinks(path)));
        } catch (InvalidPathException e) {
            return false;
        }
    }

    /**
     * Returns a path as given, and with the links in its folder resolved; in the kernel's form, each byte a character.
     */
    static Set<String> spellings(Path path) {
        Set<String> spellings = new TreeSet<>();
        for (Path each : List.of(path, withoutLinks(path))) {
            spellings.add(asTold(each));
        }
        return spellings;
    }

    private static String asTold(Path path) {
        return new String(path.toString().getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    private static Path withoutLinks(Path path) {
        Path folder = path.getParent();
        try {
            return folder == null ? path : folder.toRealPath().resolve(String.valueOf(path.getFileName()));
        } catch (IOException e) {
            return path;
        }
    }
}

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
    /** As distributions call the program that runs a machine. */
    private static final Pattern PROGRAM = Pattern.compile("(^|/)(qemu-system-[^/]+|qemu-kvm|kvm|qemu)$");

    private static final String AGENT_PORT = "org.qemu.guest_agent.0";

    static QemuCommandLine of(long pid) {
        return new QemuCommandLine(ProcessFiles.of(pid).commandLine());
    }

    /** Whether it is a QEMU that runs a machine at all, by the name of its program. */
    boolean isQemu() {
        return !words.isEmpty() && PROGRAM.matcher(words.getFirst()).find();
    }

    boolean hasAgentPort() {
        return words.stream().anyMatch(word -> word.contains(AGENT_PORT));
    }

    /** Whether it names a socket, as {@code socket,path=/run/1.qga,server=on} and {@code unix:/run/1.qmp,server=on} do. */
    boolean names(Path socket) {
        Set<String> spellings = spellings(socket);
        return words.stream()
                .flatMap(word -> Stream.of(word.split(",")))
                .map(part -> part.substring(Math.max(part.indexOf('='), part.indexOf(':')) + 1))
                .anyMatch(word -> isOneOf(spellings, word));
    }

    /** Whether what the kernel tells is one of these, as it stands or where its folder is a link. */
    static boolean isOneOf(Set<String> spellings, String told) {
        if (spellings.contains(told)) {
            return true;
        }
        // A folder is looked at for a file of that name alone: others may be on a disk that does not answer.
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

    /** A path as it stands, and as it is where its folder is a link; as the kernel has them, each byte is a character. */
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

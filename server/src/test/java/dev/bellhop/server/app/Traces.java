// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Looks for secrets in every byte of files and texts: as they are, and in the encodings that they might stand there in. */
final class Traces {
    /** What is looked for, by what it is a trace of. One character is one byte. */
    private final Map<String, String> traces = new LinkedHashMap<>();

    void add(String name, String secret) {
        add(name, secret.getBytes(StandardCharsets.UTF_8));
        traces.put(name + ", UTF-16", latin1(secret.getBytes(StandardCharsets.UTF_16LE)));
    }

    void add(String name, byte[] secret) {
        traces.put(name, latin1(secret));
        traces.put(name + ", hex", HexFormat.of().formatHex(secret));
        traces.put(name + ", HEX", HexFormat.of().withUpperCase().formatHex(secret));
        for (int before = 0; before < 3; before++) {
            traces.put(name + ", base64 at " + before, base64(secret, before));
        }
    }

    /** What base64 makes of it wherever it stands, without the ends that are up to what is beside it. */
    private static String base64(byte[] secret, int before) {
        byte[] shifted = new byte[before + secret.length];
        System.arraycopy(secret, 0, shifted, before, secret.length);
        String text = Base64.getEncoder().withoutPadding().encodeToString(shifted);
        return text.substring((before * 8 + 5) / 6, shifted.length * 8 / 6);
    }

    List<String> in(byte[] bytes) {
        String text = latin1(bytes);
        List<String> found = new ArrayList<>();
        traces.forEach((name, trace) -> {
            if (text.contains(trace)) {
                found.add(name);
            }
        });
        return found;
    }

    List<String> in(String text) {
        return in(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Each with the name of its file. */
    List<String> under(Path folder) throws IOException {
        List<String> found = new ArrayList<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                in(Files.readAllBytes(file)).forEach(name -> found.add(folder.relativize(file) + ": " + name));
            }
        }
        return found;
    }

    List<String> names() {
        return List.copyOf(traces.keySet());
    }

    /** Something that holds one of them. */
    byte[] example(String name) {
        return ("before " + traces.get(name) + " after").getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String latin1(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}

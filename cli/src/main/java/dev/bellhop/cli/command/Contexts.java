// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.command;

import dev.bellhop.cli.terminal.Printable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * The servers that a person works with, by names of their own, in {@code ~/.config/bellhop/config.yaml}:
 *
 * <pre>
 * current: prod
 * contexts:
 *   prod: {url: "https://bellhop.example:8443", ca: /etc/bellhop/ca.crt, keyFile: ~/.config/bellhop/prod.key}
 * </pre>
 *
 * @param file where they are stored; absent where there is no home to store them in
 * @param current the one in use; absent for none
 * @param all by name
 */
public record Contexts(@Nullable Path file, @Nullable String current, Map<String, Context> all) {

    private static final Set<String> FIELDS = Set.of("url", "ca", "keyFile");

    /** As many as Linux follows. */
    private static final int MAX_LINKS = 40;

    /**
     * A server and how to reach it.
     *
     * @param ca a PEM file of the authorities to trust; absent for those that Java trusts
     * @param keyFile a file that holds the API key; absent for the environment's
     */
    public record Context(
            String url, @Nullable String ca, @Nullable String keyFile) {
        public Context {
            Objects.requireNonNull(url, "url");
        }
    }

    public Contexts {
        all = new TreeMap<>(all);
    }

    /**
     * Those of this user; none where there is no file.
     *
     * @throws CliException if the file cannot be used
     */
    public static Contexts read(CliContext context) {
        Path file = file(context);
        if (file == null) {
            return new Contexts(null, null, Map.of());
        }
        try {
            if (!Files.exists(target(file))) {
                return new Contexts(file, null, Map.of());
            }
            Object document = new Load(LoadSettings.builder().build()).loadFromString(Files.readString(file));
            Map<?, ?> root = document == null ? Map.of() : mapping(file, "it", document);
            Map<String, Context> all = new TreeMap<>();
            Object contexts = root.get("contexts");
            if (contexts != null) {
                mapping(file, "'contexts'", contexts)
                        .forEach((name, fields) -> all.put(String.valueOf(name), context(file, name, fields)));
            }
            Object current = root.get("current");
            return new Contexts(file, current == null ? null : current.toString(), all);
        } catch (YamlEngineException e) {
            throw new CliException("Cannot use " + file + " because it is not valid YAML");
        } catch (IOException e) {
            throw new CliException("Cannot read " + file + " because this user may not read it");
        }
    }

    private static @Nullable Path file(CliContext context) {
        String config = context.env("XDG_CONFIG_HOME", "");
        String home = context.env("HOME", "");
        if (config.isEmpty() && home.isEmpty()) {
            return null;
        }
        return (config.isEmpty() ? Path.of(home, ".config") : Path.of(config)).resolve("bellhop/config.yaml");
    }

    /** Where the links end, be there a file or not; the file itself where it is no link. */
    private static Path target(Path file) throws IOException {
        Path target = file;
        for (int links = 0; Files.isSymbolicLink(target); links++) {
            if (links == MAX_LINKS) {
                throw new CliException(
                        "Cannot use " + file
                                + " because it is a symbolic link that leads back to itself; delete it, or let it lead to a file");
            }
            target = target.resolveSibling(Files.readSymbolicLink(target));
        }
        return target;
    }

    private static Map<?, ?> mapping(Path file, String what, Object found) {
        if (found instanceof Map<?, ?> map) {
            return map;
        }
        throw new CliException("Cannot use " + file + " because " + what + " is not a mapping; see 'bellhop context'");
    }

    private static Context context(Path file, Object name, @Nullable Object found) {
        String what = "the context " + Printable.line(String.valueOf(name));
        Map<?, ?> fields = mapping(file, what, found == null ? "" : found);
        if (!fields.keySet().stream().allMatch(FIELDS::contains) || fields.get("url") == null) {
            throw new CliException("Cannot use " + file + " because " + what
                    + " must have a url, may have ca and keyFile, and nothing else");
        }
        return new Context(text(fields.get("url")), text(fields.get("ca")), text(fields.get("keyFile")));
    }

    @SuppressWarnings("NullAway") // Null for null.
    private static String text(@Nullable Object value) {
        return value == null ? null : value.toString();
    }

    /**
     * One by its name.
     *
     * @throws CliException if there is none
     */
    public Context get(String name) {
        Context context = all.get(name);
        if (context == null) {
            throw new CliException(
                    "Cannot use the context " + Printable.line(name) + " because there is none of that name"
                            + (all.isEmpty()
                                    ? "; make it with 'bellhop context set'"
                                    : "; there are: " + Printable.line(String.join(", ", all.keySet()))));
        }
        return context;
    }

    /** The same with another one in use. */
    public Contexts using(@Nullable String name) {
        return new Contexts(file, name, all);
    }

    /** The same with one more, or another in place of the one of that name. */
    public Contexts with(String name, Context context) {
        Map<String, Context> more = new TreeMap<>(all);
        more.put(name, context);
        return new Contexts(file, current, more);
    }

    /** The same without one. */
    public Contexts without(String name) {
        Map<String, Context> less = new TreeMap<>(all);
        less.remove(name);
        return new Contexts(file, name.equals(current) ? null : current, less);
    }

    /** Stores them, where the file is a link in the file that it leads to. */
    public void write() {
        if (file == null) {
            throw new CliException("Cannot store contexts because neither HOME nor XDG_CONFIG_HOME is set");
        }
        Map<String, Object> root = new LinkedHashMap<>();
        if (current != null) {
            root.put("current", current);
        }
        Map<String, Object> contexts = new LinkedHashMap<>();
        all.forEach((name, context) -> {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("url", context.url);
            if (context.ca != null) {
                fields.put("ca", context.ca);
            }
            if (context.keyFile != null) {
                fields.put("keyFile", context.keyFile);
            }
            contexts.put(name, fields);
        });
        root.put("contexts", contexts);
        String text = new Dump(DumpSettings.builder()
                        .setDefaultFlowStyle(FlowStyle.BLOCK)
                        .build())
                .dumpToString(root);
        try {
            Files.createDirectories(file.resolveSibling("."));
            Path target = target(file);
            if (!Files.isDirectory(target.resolveSibling("."))) {
                // It may be on a disk that is not mounted now.
                throw new CliException("Cannot write " + file + " because the folder that it leads to, "
                        + target.getParent() + ", does not exist; make it, or let the link lead elsewhere");
            }
            write(target, text);
        } catch (IOException e) {
            throw new CliException("Cannot write " + file + " because this user may not");
        }
    }

    /** As one step, so that nobody reads half of it, and under a name of its own until then. */
    private static void write(Path target, String text) throws IOException {
        Path fresh = Files.createTempFile(target.resolveSibling("."), "config", ".tmp");
        try {
            Files.writeString(fresh, text);
            if (Files.exists(target)) {
                Files.setPosixFilePermissions(fresh, Files.getPosixFilePermissions(target));
            }
            Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(fresh);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file.windows;

import dev.bellhop.api.Json;
import dev.bellhop.testkit.FakeAgent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/**
 * A Windows guest whose drive C: is a folder of this machine: its agent opens files as qga/commands-win32.c does, which shares reading alone,
 * and its PowerShell does what each script says, as it is understood here. Nothing of PowerShell itself is tested by it.
 */
public final class FakeWindows implements AutoCloseable {
    private static final List<String> CALLS = List.of(
            "guest-exec",
            "guest-exec-status",
            "guest-get-osinfo",
            "guest-file-open",
            "guest-file-read",
            "guest-file-write",
            "guest-file-seek",
            "guest-file-flush",
            "guest-file-close");

    private static final long EPOCH_SECONDS = 62_135_596_800L;
    private static final long FILE_TIME_SECONDS = 11_644_473_600L;
    private static final int IN_USE = 0x80070020;
    private static final int MISSING = 0x80070002;
    private static final int FOLDER_MISSING = 0x80070003;
    private static final int NOT_EMPTY = 0x80070091;

    public final FakeAgent agent;
    /** What each run of PowerShell was for, in the order of time. */
    public final List<String> ran = new CopyOnWriteArrayList<>();

    private final Path drive;
    private final Map<Long, Open> open = new ConcurrentHashMap<>();
    private final Map<Long, String> answers = new ConcurrentHashMap<>();
    private final AtomicLong numbers = new AtomicLong(1000);
    private volatile UnaryOperator<String> told = UnaryOperator.identity();

    private record Open(Path file, FileChannel channel, boolean writes) {}

    /** What Windows refuses. */
    private static final class Refusal extends Exception {
        private static final long serialVersionUID = 1L;

        private final String[] fields;

        private Refusal(String... fields) {
            this.fields = fields;
        }

        private static Refusal win32(int result) {
            return new Refusal("no", "win32", HexFormat.of().toHexDigits(result));
        }
    }

    /** @param drive the folder that is C: */
    public FakeWindows(Path socket, Path drive) {
        this.drive = drive;
        agent = FakeAgent.start(socket);
        agent.on(
                "guest-info",
                (request, wire) -> wire.reply("{\"version\": \"10.0.0\", \"supported_commands\": ["
                        + CALLS.stream()
                                .map(name ->
                                        "{\"name\": \"" + name + "\", \"enabled\": true, \"success-response\": true}")
                                .collect(Collectors.joining(", "))
                        + "]}"));
        agent.on(
                "guest-get-osinfo",
                (request, wire) -> wire.reply(
                        "{\"id\": \"mswindows\", \"name\": \"Microsoft Windows\", \"version-id\": \"2022\"}"));
        agent.on("guest-exec", this::exec);
        agent.on("guest-exec-status", (request, wire) -> {
            String answer = answers.remove(json(request).path("pid").asLong());
            if (answer == null) {
                wire.error("GenericError", "PID ld does not exist");
            } else {
                wire.reply("{\"exited\": true, \"exitcode\": 0, \"out-data\": \"" + base64(answer) + "\"}");
            }
        });
        agent.on("guest-file-open", this::open);
        agent.on(
                "guest-file-read",
                (request, wire) -> withOpen(request, wire, (json, file) -> {
                    ByteBuffer buffer = ByteBuffer.allocate(json.path("count").asInt());
                    int count = Math.max(0, file.channel.read(buffer));
                    return "{\"count\": " + count + ", \"buf-b64\": \""
                            + Base64.getEncoder().encodeToString(Arrays.copyOf(buffer.array(), count)) + "\", \"eof\": "
                            + (count == 0) + "}";
                }));
        agent.on(
                "guest-file-write",
                (request, wire) -> withOpen(request, wire, (json, file) -> {
                    byte[] bytes =
                            Base64.getDecoder().decode(json.path("buf-b64").asString());
                    return "{\"count\": " + file.channel.write(ByteBuffer.wrap(bytes)) + ", \"eof\": false}";
                }));
        agent.on(
                "guest-file-seek",
                (request, wire) -> withOpen(request, wire, (json, file) -> {
                    file.channel.position(json.path("offset").asLong());
                    return "{\"position\": " + json.path("offset").asLong() + ", \"eof\": false}";
                }));
        agent.on(
                "guest-file-flush",
                (request, wire) -> withOpen(request, wire, (json, file) -> {
                    if (!file.writes) {
                        throw new IOException("FlushFileBuffers takes GENERIC_WRITE");
                    }
                    return "{}";
                }));
        agent.on(
                "guest-file-close",
                (request, wire) -> withOpen(request, wire, (json, file) -> {
                    open.remove(json.path("handle").asLong());
                    file.channel.close();
                    return "{}";
                }));
    }

    /** What PowerShell prints is changed on its way, from now on. */
    public void tells(UnaryOperator<String> newTold) {
        told = newTold;
    }

    /** How many files the agent has open. */
    public int openFiles() {
        return open.size();
    }

    private static JsonNode json(FakeAgent.Request request) {
        return Json.mapper().readTree(request.arguments());
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private interface Call {
        String call(JsonNode arguments, Open file) throws IOException;
    }

    private void withOpen(FakeAgent.Request request, FakeAgent.Wire wire, Call call) throws IOException {
        JsonNode arguments = json(request);
        Open file = open.get(arguments.path("handle").asLong());
        if (file == null) {
            wire.error("GenericError", "handle '" + arguments.path("handle").asLong() + "' has not been found");
        } else {
            wire.reply(call.call(arguments, file));
        }
    }

    /** As CreateFileW does with FILE_SHARE_READ, for r and r+ with OPEN_EXISTING. */
    private void open(FakeAgent.Request request, FakeAgent.Wire wire) throws IOException {
        JsonNode arguments = json(request);
        String mode = arguments.path("mode").asString();
        Path file = path(arguments.path("path").asString());
        boolean writes = mode.equals("r+b");
        if (!writes && !mode.equals("rb")) {
            wire.error("GenericError", "invalid file open mode");
        } else if (!Files.exists(file)) {
            fails(wire, "Das System kann die angegebene Datei nicht finden.");
        } else if (Files.isDirectory(file)) {
            fails(wire, "Zugriff verweigert");
        } else if (open.values().stream().anyMatch(each -> each.file.equals(file) && (each.writes || writes))) {
            fails(wire, "Der Prozess kann nicht auf die Datei zugreifen.");
        } else {
            long handle = numbers.incrementAndGet();
            FileChannel channel = writes
                    ? FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)
                    : FileChannel.open(file, StandardOpenOption.READ);
            open.put(handle, new Open(file, channel, writes));
            wire.reply(Long.toString(handle));
        }
    }

    private static void fails(FakeAgent.Wire wire, String why) throws IOException {
        wire.error("GenericError", "failed to open file: " + why);
    }

    /** Where a path of drive C: is on this machine; Windows itself does not tell cases apart. */
    private Path path(String windows) {
        if (!windows.startsWith("C:\\") || windows.indexOf('/') >= 0) {
            throw new IllegalStateException("not as Windows writes it: " + windows);
        }
        return windows.length() == 3
                ? drive
                : drive.resolve(windows.substring(3).replace('\\', '/'));
    }

    private void exec(FakeAgent.Request request, FakeAgent.Wire wire) throws IOException {
        JsonNode arguments = json(request);
        if (!arguments.path("path").asString().equals("powershell.exe")
                || !arguments.path("capture-output").asBoolean()) {
            wire.error("GenericError", "Failed to execute child process");
            return;
        }
        JsonNode words = arguments.path("arg");
        if (!words.get(words.size() - 2).asString().equals("-EncodedCommand")) {
            throw new IllegalStateException("no encoded command");
        }
        String script = new String(
                Base64.getDecoder().decode(words.get(words.size() - 1).asString()), StandardCharsets.UTF_16LE);
        long pid = numbers.incrementAndGet();
        answers.put(pid, told.apply(said(script)));
        wire.reply("{\"pid\": " + pid + "}");
    }

    private String said(String script) throws IOException {
        String[] fields;
        try {
            fields = new Run(script).answer();
        } catch (Refusal e) {
            fields = e.fields;
        }
        return String.join("\0", fields) + "\0";
    }

    /** One script, by its essential words. */
    private final class Run {
        private final Map<String, String> names = new HashMap<>();
        private final String body;

        Run(String script) {
            Matcher name = Pattern.compile("(?m)^\\$(p|t|to|folder|after|expected)='((?:[^']|'')*)'$")
                    .matcher(script);
            int end = 0;
            while (name.find()) {
                names.put(name.group(1), name.group(2).replace("''", "'"));
                end = name.end();
            }
            body = script.substring(end);
            if (!body.startsWith("\ntry{\n") || !body.endsWith("}catch{\nFail 'win32' (Result $_)\n}\n")) {
                throw new IllegalStateException("no failure may be left to PowerShell's own words");
            }
        }

        private Path at(String name) {
            return path(String.valueOf(names.get(name)));
        }

        private String found(String pattern) {
            Matcher found = Pattern.compile(pattern).matcher(body);
            if (!found.find()) {
                throw new IllegalStateException("the script has no " + pattern);
            }
            return found.group(1);
        }

        String[] answer() throws IOException, Refusal {
            if (body.contains("[IO.File]::Replace($t,$p,[NullString]::Value)")) {
                ran.add("commit");
                return commit();
            } else if (body.contains("[IO.File]::Open($t,'CreateNew','Write','None').Dispose()")) {
                ran.add("begin");
                return begin();
            } else if (body.contains("GetFileSystemInfos()")) {
                ran.add("list");
                return list();
            } else if (body.contains("'no_upload'")) {
                ran.add("abandon");
                return abandon();
            } else if (body.contains("[IO.Directory]::CreateDirectory($p)")) {
                ran.add("mkdir");
                return mkdir();
            } else if (body.contains("[IO.Directory]::Delete($p,$false)")) {
                ran.add("delete");
                return remove();
            } else if (body.contains("[IO.File]::Replace($p,$to,[NullString]::Value)")) {
                ran.add("rename");
                return rename();
            } else if (body.contains("$sum=Sum $p 0")) {
                ran.add("open");
                return open();
            } else if (body.contains("Tell @('ok',$is)")) {
                ran.add("find");
                return find();
            }
            throw new IllegalStateException("an unknown script");
        }

        private String[] find() throws IOException, Refusal {
            String is = stat(at("p"));
            if (is.startsWith("l") && found("'([01])' -eq '1' -and \\$is").equals("1")) {
                throw new Refusal("no", "link", "");
            }
            return new String[] {"ok", is};
        }

        private String[] open() throws IOException, Refusal {
            String is = stat(at("p"));
            requireFile(is);
            return new String[] {"ok", is, found("'([01])' -eq '1'").equals("1") ? sum(at("p"), 0) : ""};
        }

        private String[] list() throws IOException, Refusal {
            String is = stat(at("p"));
            if (!is.startsWith("d")) {
                throw new Refusal("no", is.startsWith("l") ? "link" : "not_folder", "");
            }
            int most = Integer.parseInt(found("-gt 2\\*([0-9]+)\\)"));
            try (Stream<Path> all = Files.list(at("p"))) {
                List<Path> entries = all.filter(each -> name(each).compareTo(String.valueOf(names.get("after"))) > 0)
                        .sorted((a, b) -> name(a).compareTo(name(b)))
                        .limit(most)
                        .toList();
                String[] fields = new String[1 + 2 * entries.size()];
                fields[0] = "ok";
                for (int i = 0; i < entries.size(); i++) {
                    fields[1 + 2 * i] = name(entries.get(i));
                    fields[2 + 2 * i] = stat(entries.get(i));
                }
                return fields;
            }
        }

        private String[] begin() throws IOException, Refusal {
            String there = there(at("p"));
            requireFile(there);
            if (!path(String.valueOf(names.get("folder"))).equals(at("t").getParent())) {
                throw new IllegalStateException("what is written lies beside the other");
            }
            if (found("'([01])' -eq '1'").equals("1")) {
                delete(at("t"));
            }
            if (there(at("t")).isEmpty()) {
                Files.createFile(at("t"));
            }
            return new String[] {"ok", Long.toString(Files.size(at("t"))), there};
        }

        private String[] commit() throws IOException, Refusal {
            Path part = at("t");
            if (!there(part).startsWith("f")) {
                throw new Refusal("no", "changed", "");
            }
            if (Files.size(part) != Long.parseLong(found("-ne ([0-9]+)\\)\\{Fail 'size'"))) {
                throw new Refusal("no", "size", "");
            }
            String sum = sum(part, 0);
            String whole = found("\\$sum -cne '([0-9a-f]*)'");
            String tail = found("\\(Sum \\$t [0-9]+\\) -cne '([0-9a-f]*)'");
            if ((!whole.isEmpty() && !whole.equals(sum))
                    || (!tail.isEmpty() && !tail.equals(sum(part, Long.parseLong(found("\\(Sum \\$t ([0-9]+)\\)")))))) {
                throw undo("digest");
            }
            String modified = found("FromFileTimeUtc\\('([0-9]*)'\\)");
            if (!modified.isEmpty()) {
                long ticks = Long.parseLong(modified);
                Files.setLastModifiedTime(
                        part,
                        FileTime.from(Instant.ofEpochSecond(
                                ticks / 10_000_000 - FILE_TIME_SECONDS, ticks % 10_000_000 * 100)));
            }
            String there = there(at("p"));
            if (there.startsWith("d") || there.startsWith("l")) {
                throw undo(there.startsWith("d") ? "is_folder" : "link");
            }
            String condition = found("'([a-z]+)' -eq 'unchanged'");
            if (condition.equals("unchanged") && (there.isEmpty() || !there.equals(names.get("expected")))) {
                throw undo("modified");
            }
            if (condition.equals("absent") && !there.isEmpty()) {
                throw undo("exists");
            }
            try {
                requireUnused(part);
                requireUnused(at("p"));
            } catch (Refusal e) {
                delete(part);
                throw e;
            }
            Files.move(part, at("p"), StandardCopyOption.ATOMIC_MOVE);
            return new String[] {"ok", stat(at("p")), sum};
        }

        private Refusal undo(String why) throws IOException, Refusal {
            delete(at("t"));
            return new Refusal("no", why, "");
        }

        private String[] abandon() throws IOException, Refusal {
            if (!there(at("t")).startsWith("f")) {
                throw new Refusal("no", "no_upload", "");
            }
            String size = Long.toString(Files.size(at("t")));
            if (found("'([01])' -eq '1'").equals("1")) {
                delete(at("t"));
            }
            return new String[] {"ok", size};
        }

        private String[] mkdir() throws IOException, Refusal {
            if (!there(at("p")).isEmpty()) {
                throw new Refusal("no", "exists", "");
            }
            Files.createDirectory(at("p"));
            return new String[] {"ok"};
        }

        private String[] remove() throws IOException, Refusal {
            requireUnchanged(stat(at("p")));
            if (stat(at("p")).startsWith("d") && found("'([01])' -eq '1'").equals("1")) {
                throw new Refusal("no", "recursive", "");
            }
            delete(at("p"));
            return new String[] {"ok"};
        }

        private void requireUnchanged(String is) throws Refusal {
            if (body.contains("RequireUnchanged $is") && !is.startsWith(String.valueOf(names.get("expected")))) {
                throw new Refusal("no", "modified", "");
            }
        }

        private String[] rename() throws IOException, Refusal {
            String is = stat(at("p"));
            requireUnchanged(is);
            boolean isCase = !at("p").equals(at("to")) && at("p").toString().equalsIgnoreCase(at("to").toString());
            String there = isCase ? is : there(at("to"));
            boolean isCaseOfFile = isCase && is.startsWith("f") && body.contains("if($there -and -not $isCase -and (");
            boolean replaces = found("'([01])' -ne '1'").equals("1") && there.startsWith("f") && is.startsWith("f");
            if (!there.isEmpty() && !replaces && !isCaseOfFile) {
                throw new Refusal("no", "exists", "");
            }
            boolean staysInFolder = Objects.equals(at("p").getParent(), at("to").getParent());
            if (!staysInFolder && body.contains("Fail 'junction'") && (isBelowLink(at("p")) || isBelowLink(at("to")))) {
                throw new Refusal("no", "junction", "");
            }
            Files.move(at("p"), at("to"), StandardCopyOption.ATOMIC_MOVE);
            return new String[] {"ok"};
        }
    }

    private static boolean isBelowLink(Path path) {
        for (Path at = path.getParent(); at != null; at = at.getParent()) {
            if (Files.isSymbolicLink(at)) {
                return true;
            }
        }
        return false;
    }

    private static String name(Path path) {
        return path.getFileName().toString();
    }

    private static void requireFile(String is) throws Refusal {
        if (is.startsWith("d") || is.startsWith("l")) {
            throw new Refusal("no", is.startsWith("d") ? "is_folder" : "link", "");
        }
    }

    /** Without FILE_SHARE_DELETE nobody renames or removes what the agent has open. */
    private void requireUnused(Path file) throws Refusal {
        if (open.values().stream().anyMatch(each -> each.file.equals(file))) {
            throw Refusal.win32(IN_USE);
        }
    }

    private void delete(Path file) throws IOException, Refusal {
        requireUnused(file);
        try {
            Files.deleteIfExists(file);
        } catch (DirectoryNotEmptyException e) {
            throw Refusal.win32(NOT_EMPTY);
        }
    }

    private static String there(Path path) throws IOException, Refusal {
        if (!isInFolder(path)) {
            throw Refusal.win32(FOLDER_MISSING);
        }
        return Files.exists(path, LinkOption.NOFOLLOW_LINKS) ? stat(path) : "";
    }

    private static boolean isInFolder(Path path) {
        Path parent = path.getParent();
        return parent != null && Files.isDirectory(parent);
    }

    private static String stat(Path path) throws IOException, Refusal {
        BasicFileAttributes all;
        try {
            all = Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException e) {
            throw Refusal.win32(isInFolder(path) ? MISSING : FOLDER_MISSING);
        }
        boolean isFile = all.isRegularFile();
        return (isFile ? "f" : all.isDirectory() ? "d" : "l") + " " + (isFile ? all.size() : 0) + " "
                + ticks(all.lastModifiedTime()) + " " + ticks(all.creationTime()) + " "
                + (isFile && !isOwnerWritable(path) ? 1 : 0);
    }

    private static boolean isOwnerWritable(Path path) throws IOException {
        return Files.getPosixFilePermissions(path).contains(PosixFilePermission.OWNER_WRITE);
    }

    private static long ticks(FileTime time) {
        Instant at = time.toInstant();
        return (at.getEpochSecond() + EPOCH_SECONDS) * 10_000_000 + at.getNano() / 100;
    }

    private static String sum(Path file, long from) throws IOException {
        byte[] all = Files.readAllBytes(file);
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(all, (int) from, all.length - (int) from);
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        agent.close();
        for (Open each : open.values()) {
            try {
                each.channel.close();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga.client;

import dev.bellhop.qga.AgentInfo;
import dev.bellhop.qga.AgentText;
import dev.bellhop.qga.ExecStatus;
import dev.bellhop.qga.FileChunk;
import dev.bellhop.qga.FileSeek;
import dev.bellhop.qga.OsInfo;
import java.util.HashMap;
import java.util.Map;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/** Reads the result of each command. Unknown members are skipped: newer agents report more. */
final class ResultReaders {

    /** More commands than an agent has: qemu-ga 10.0 has 55. */
    private static final int MAX_COMMANDS = 1000;

    private static final int MAX_SYSTEM_TEXT = 200;

    private static final byte[] NO_BYTES = {};

    private ResultReaders() {}

    /** What a command without a result gives. */
    enum Nothing {
        NOTHING
    }

    static Nothing nothing(JsonParser json, BoundedInput intake) throws UnexpectedResultException {
        JsonValues.requireObject(json, "the result");
        json.skipChildren();
        return Nothing.NOTHING;
    }

    static Long number(JsonParser json, BoundedInput intake) throws UnexpectedResultException {
        return JsonValues.number(json, "the result", Long.MIN_VALUE, Long.MAX_VALUE);
    }

    /** A handle of an open file. */
    static Long handle(JsonParser json, BoundedInput intake) throws UnexpectedResultException {
        return JsonValues.number(json, "the handle", 0, Long.MAX_VALUE);
    }

    static Long pid(JsonParser json, BoundedInput intake) throws UnexpectedResultException {
        JsonValues.requireObject(json, "the result");
        Long pid = null;
        for (String name = json.nextName(); name != null; name = json.nextName()) {
            json.nextToken();
            if (name.equals("pid")) {
                pid = JsonValues.number(json, "the pid", 1, Long.MAX_VALUE);
            } else {
                json.skipChildren();
            }
        }
        return JsonValues.present(pid, "the pid");
    }

    static ExecStatus execStatus(JsonParser json, BoundedInput intake) throws UnexpectedResultException {
        JsonValues.requireObject(json, "the result");
        Boolean exited = null;
        Integer exitCode = null;
        Integer signal = null;
        byte[] stdout = NO_BYTES;
        byte[] stderr = NO_BYTES;
        boolean stdoutTruncated = false;
        boolean stderrTruncated = false;
        int longest = intake.limits().maxExecStreamBytes();
        for (String name = json.nextName(); name != null; name = json.nextName()) {
            json.nextToken();
            switch (name) {
                case "exited" -> exited = JsonValues.bool(json, "exited");
                // Windows has exit codes and exceptions of 32 bits without a sign.
                case "exitcode" -> exitCode = (int) JsonValues.number(json, name, Integer.MIN_VALUE, 0xFFFF_FFFFL);
                case "signal" -> signal = (int) JsonValues.number(json, name, Integer.MIN_VALUE, 0xFFFF_FFFFL);
                case "out-data" -> stdout = intake.base64(json, "out-data", longest);
                case "err-data" -> stderr = intake.base64(json, "err-data", longest);
                case "out-truncated" -> stdoutTruncated = JsonValues.bool(json, "out-truncated");
                case "err-truncated" -> stderrTruncated = JsonValues.bool(json, "err-truncated");
                default -> json.skipChildren();
            }
        }
        if (!JsonValues.present(exited, "exited")) {
            return new ExecStatus(false, null, null, NO_BYTES, NO_BYTES, false, false);
        }
        return new ExecStatus(true, exitCode, signal, stdout, stderr, stdoutTruncated, stderrTruncated);
    }

    /** A read of at most this many bytes. */
    static ResultReader<FileChunk> fileChunk(int asked) {
        return (json, intake) -> {
            JsonValues.requireObject(json, "the result");
            byte[] data = NO_BYTES;
            Long count = null;
            Boolean endOfFile = null;
            for (String name = json.nextName(); name != null; name = json.nextName()) {
                json.nextToken();
                switch (name) {
                    case "count" -> count = JsonValues.number(json, "count", 0, asked);
                    case "buf-b64" -> data = intake.base64(json, "buf-b64", asked);
                    case "eof" -> endOfFile = JsonValues.bool(json, "eof");
                    default -> json.skipChildren();
                }
            }
            if (JsonValues.present(count, "count") != data.length) {
                throw new UnexpectedResultException("count is not the number of bytes given");
            }
            return new FileChunk(data, JsonValues.present(endOfFile, "eof"));
        };
    }

    /** A write of this many bytes. */
    static ResultReader<Integer> written(int given) {
        return (json, intake) -> {
            JsonValues.requireObject(json, "the result");
            Integer count = null;
            for (String name = json.nextName(); name != null; name = json.nextName()) {
                json.nextToken();
                if (name.equals("count")) {
                    count = (int) JsonValues.number(json, "count", 0, given);
                } else {
                    json.skipChildren();
                }
            }
            return JsonValues.present(count, "count");
        };
    }

    static FileSeek fileSeek(JsonParser json, BoundedInput intake) throws UnexpectedResultException {
        JsonValues.requireObject(json, "the result");
        Long position = null;
        Boolean endOfFile = null;
        for (String name = json.nextName(); name != null; name = json.nextName()) {
            json.nextToken();
            switch (name) {
                case "position" -> position = JsonValues.number(json, "position", 0, Long.MAX_VALUE);
                case "eof" -> endOfFile = JsonValues.bool(json, "eof");
                default -> json.skipChildren();
            }
        }
        return new FileSeek(JsonValues.present(position, "position"), JsonValues.present(endOfFile, "eof"));
    }

    static AgentInfo info(JsonParser json, BoundedInput intake) throws UnexpectedResultException {
        JsonValues.requireObject(json, "the result");
        String version = null;
        Map<String, Boolean> commands = null;
        for (String name = json.nextName(); name != null; name = json.nextName()) {
            json.nextToken();
            switch (name) {
                case "version" -> version = plain(JsonValues.text(json, "version"), "version");
                case "supported_commands" -> commands = commands(json);
                default -> json.skipChildren();
            }
        }
        return new AgentInfo(
                JsonValues.present(version, "version"), JsonValues.present(commands, "supported_commands"));
    }

    static Boolean frozen(JsonParser json, BoundedInput intake) throws UnexpectedResultException {
        return plain(JsonValues.text(json, "the status"), "the status").equals("frozen");
    }

    static OsInfo osInfo(JsonParser json, BoundedInput intake) throws UnexpectedResultException {
        JsonValues.requireObject(json, "the result");
        Map<String, String> texts = new HashMap<>();
        for (String name = json.nextName(); name != null; name = json.nextName()) {
            json.nextToken();
            switch (name) {
                case "id",
                        "name",
                        "pretty-name",
                        "version",
                        "version-id",
                        "machine",
                        "kernel-release",
                        "kernel-version" -> {
                    String text = JsonValues.text(json, "a text of the system");
                    if (!text.isEmpty()) {
                        texts.put(name, AgentText.printable(text, MAX_SYSTEM_TEXT));
                    }
                }
                default -> json.skipChildren();
            }
        }
        return new OsInfo(
                texts.get("id"),
                texts.get("name"),
                texts.get("pretty-name"),
                texts.get("version"),
                texts.get("version-id"),
                texts.get("machine"),
                texts.get("kernel-release"),
                texts.get("kernel-version"));
    }

    private static Map<String, Boolean> commands(JsonParser json) throws UnexpectedResultException {
        if (json.currentToken() != JsonToken.START_ARRAY) {
            throw new UnexpectedResultException("supported_commands is not an array");
        }
        Map<String, Boolean> commands = new HashMap<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            JsonValues.requireObject(json, "a command");
            String command = null;
            Boolean enabled = null;
            for (String name = json.nextName(); name != null; name = json.nextName()) {
                json.nextToken();
                switch (name) {
                    case "name" -> command = plain(JsonValues.text(json, "a command's name"), "a command's name");
                    case "enabled" -> enabled = JsonValues.bool(json, "enabled");
                    default -> json.skipChildren();
                }
            }
            commands.put(JsonValues.present(command, "a command's name"), JsonValues.present(enabled, "enabled"));
            if (commands.size() > MAX_COMMANDS) {
                throw new UnexpectedResultException("supported_commands has too many entries");
            }
        }
        return commands;
    }

    /** A text that may be shown anywhere as it stands. */
    private static String plain(String text, String what) throws UnexpectedResultException {
        if (text.isEmpty() || text.length() > 100 || !text.chars().allMatch(c -> c >= ' ' && c < 0x7F)) {
            throw new UnexpectedResultException(what + " is not a short plain text");
        }
        return text;
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

import dev.bellhop.qga.ResultReader.Unfit;
import java.util.HashMap;
import java.util.Map;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/** How the result of each command is read. Members that are not known are passed over: newer agents say more. */
final class Results {

    /** More commands than an agent has: qemu-ga 10.0 has 55. */
    private static final int MOST_COMMANDS = 1000;

    private static final int LONGEST_SYSTEM_TEXT = 200;

    private static final byte[] NO_BYTES = {};

    private Results() {}

    /** What a command without a result gives. */
    enum Nothing {
        NOTHING
    }

    static Nothing nothing(JsonParser json, Intake intake) throws Unfit {
        Json.requireObject(json, "the result");
        json.skipChildren();
        return Nothing.NOTHING;
    }

    static Long number(JsonParser json, Intake intake) throws Unfit {
        return Json.number(json, "the result", Long.MIN_VALUE, Long.MAX_VALUE);
    }

    /** A handle of an open file. */
    static Long handle(JsonParser json, Intake intake) throws Unfit {
        return Json.number(json, "the handle", 0, Long.MAX_VALUE);
    }

    static Long pid(JsonParser json, Intake intake) throws Unfit {
        Json.requireObject(json, "the result");
        Long pid = null;
        for (String name = json.nextName(); name != null; name = json.nextName()) {
            json.nextToken();
            if (name.equals("pid")) {
                pid = Json.number(json, "the pid", 1, Long.MAX_VALUE);
            } else {
                json.skipChildren();
            }
        }
        return Json.present(pid, "the pid");
    }

    static ExecStatus execStatus(JsonParser json, Intake intake) throws Unfit {
        Json.requireObject(json, "the result");
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
                case "exited" -> exited = Json.bool(json, "exited");
                // Windows has exit codes and exceptions of 32 bits without a sign.
                case "exitcode" -> exitCode = (int) Json.number(json, name, Integer.MIN_VALUE, 0xFFFF_FFFFL);
                case "signal" -> signal = (int) Json.number(json, name, Integer.MIN_VALUE, 0xFFFF_FFFFL);
                case "out-data" -> stdout = intake.base64(json, "out-data", longest);
                case "err-data" -> stderr = intake.base64(json, "err-data", longest);
                case "out-truncated" -> stdoutTruncated = Json.bool(json, "out-truncated");
                case "err-truncated" -> stderrTruncated = Json.bool(json, "err-truncated");
                default -> json.skipChildren();
            }
        }
        if (!Json.present(exited, "exited")) {
            return new ExecStatus(false, null, null, NO_BYTES, NO_BYTES, false, false);
        }
        return new ExecStatus(true, exitCode, signal, stdout, stderr, stdoutTruncated, stderrTruncated);
    }

    /** A read of at most this many bytes. */
    static ResultReader<FileChunk> fileChunk(int asked) {
        return (json, intake) -> {
            Json.requireObject(json, "the result");
            byte[] data = NO_BYTES;
            Long count = null;
            Boolean endOfFile = null;
            for (String name = json.nextName(); name != null; name = json.nextName()) {
                json.nextToken();
                switch (name) {
                    case "count" -> count = Json.number(json, "count", 0, asked);
                    case "buf-b64" -> data = intake.base64(json, "buf-b64", asked);
                    case "eof" -> endOfFile = Json.bool(json, "eof");
                    default -> json.skipChildren();
                }
            }
            if (Json.present(count, "count") != data.length) {
                throw new Unfit("count is not the number of bytes given");
            }
            return new FileChunk(data, Json.present(endOfFile, "eof"));
        };
    }

    /** A write of this many bytes. */
    static ResultReader<Integer> written(int given) {
        return (json, intake) -> {
            Json.requireObject(json, "the result");
            Integer count = null;
            for (String name = json.nextName(); name != null; name = json.nextName()) {
                json.nextToken();
                if (name.equals("count")) {
                    count = (int) Json.number(json, "count", 0, given);
                } else {
                    json.skipChildren();
                }
            }
            return Json.present(count, "count");
        };
    }

    static FileSeek fileSeek(JsonParser json, Intake intake) throws Unfit {
        Json.requireObject(json, "the result");
        Long position = null;
        Boolean endOfFile = null;
        for (String name = json.nextName(); name != null; name = json.nextName()) {
            json.nextToken();
            switch (name) {
                case "position" -> position = Json.number(json, "position", 0, Long.MAX_VALUE);
                case "eof" -> endOfFile = Json.bool(json, "eof");
                default -> json.skipChildren();
            }
        }
        return new FileSeek(Json.present(position, "position"), Json.present(endOfFile, "eof"));
    }

    static AgentInfo info(JsonParser json, Intake intake) throws Unfit {
        Json.requireObject(json, "the result");
        String version = null;
        Map<String, Boolean> commands = null;
        for (String name = json.nextName(); name != null; name = json.nextName()) {
            json.nextToken();
            switch (name) {
                case "version" -> version = plain(Json.text(json, "version"), "version");
                case "supported_commands" -> commands = commands(json);
                default -> json.skipChildren();
            }
        }
        return new AgentInfo(Json.present(version, "version"), Json.present(commands, "supported_commands"));
    }

    static Boolean frozen(JsonParser json, Intake intake) throws Unfit {
        return plain(Json.text(json, "the status"), "the status").equals("frozen");
    }

    static OsInfo osInfo(JsonParser json, Intake intake) throws Unfit {
        Json.requireObject(json, "the result");
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
                    String text = Json.text(json, "a text of the system");
                    if (!text.isEmpty()) {
                        texts.put(name, AgentText.printable(text, LONGEST_SYSTEM_TEXT));
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

    private static Map<String, Boolean> commands(JsonParser json) throws Unfit {
        if (json.currentToken() != JsonToken.START_ARRAY) {
            throw new Unfit("supported_commands is not an array");
        }
        Map<String, Boolean> commands = new HashMap<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            Json.requireObject(json, "a command");
            String command = null;
            Boolean enabled = null;
            for (String name = json.nextName(); name != null; name = json.nextName()) {
                json.nextToken();
                switch (name) {
                    case "name" -> command = plain(Json.text(json, "a command's name"), "a command's name");
                    case "enabled" -> enabled = Json.bool(json, "enabled");
                    default -> json.skipChildren();
                }
            }
            commands.put(Json.present(command, "a command's name"), Json.present(enabled, "enabled"));
            if (commands.size() > MOST_COMMANDS) {
                throw new Unfit("supported_commands has too many entries");
            }
        }
        return commands;
    }

    /** A text that may be shown anywhere as it stands. */
    private static String plain(String text, String what) throws Unfit {
        if (text.isEmpty() || text.length() > 100 || !text.chars().allMatch(c -> c >= ' ' && c < 0x7F)) {
            throw new Unfit(what + " is not a short plain text");
        }
        return text;
    }
}

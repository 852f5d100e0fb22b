// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga.client;

import dev.bellhop.qga.AgentText;
import dev.bellhop.qga.GuestList;
import dev.bellhop.qga.TrimmedFileSystem;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/** Reads what became of file systems that were frozen, thawed and trimmed. */
final class MaintenanceReaders {
    private static final int MAX_FILE_SYSTEMS = 100;
    private static final int MAX_COUNT = 1_000_000;
    private static final int MAX_TEXT = 200;

    private MaintenanceReaders() {}

    static Integer fileSystems(JsonParser json, BoundedInput intake) throws UnexpectedResultException {
        return (int) JsonValues.number(json, "the number of file systems", 0, MAX_COUNT);
    }

    static GuestList<TrimmedFileSystem> trimmed(JsonParser json, BoundedInput intake) throws UnexpectedResultException {
        JsonValues.requireObject(json, "the result");
        GuestList<TrimmedFileSystem> paths = null;
        for (String name = json.nextName(); name != null; name = json.nextName()) {
            json.nextToken();
            if (name.equals("paths")) {
                paths = paths(json);
            } else {
                json.skipChildren();
            }
        }
        return JsonValues.present(paths, "paths");
    }

    private static GuestList<TrimmedFileSystem> paths(JsonParser json) throws UnexpectedResultException {
        if (json.currentToken() != JsonToken.START_ARRAY) {
            throw new UnexpectedResultException("paths are not an array");
        }
        List<TrimmedFileSystem> paths = new ArrayList<>();
        boolean cut = false;
        while (json.nextToken() != JsonToken.END_ARRAY) {
            JsonValues.requireObject(json, "one of the paths");
            if (paths.size() == MAX_FILE_SYSTEMS) {
                cut = true;
                json.skipChildren();
            } else {
                paths.add(path(json));
            }
        }
        return new GuestList<>(paths, cut);
    }

    private static TrimmedFileSystem path(JsonParser json) throws UnexpectedResultException {
        String path = null;
        Long trimmed = null;
        String error = null;
        for (String name = json.nextName(); name != null; name = json.nextName()) {
            json.nextToken();
            switch (name) {
                case "path" -> path = text(json, "a path");
                case "trimmed" -> trimmed = JsonValues.number(json, "trimmed", 0, Long.MAX_VALUE);
                case "error" -> error = text(json, "an error");
                default -> json.skipChildren();
            }
        }
        return new TrimmedFileSystem(JsonValues.present(path, "a path"), error == null ? trimmed : null, error);
    }

    private static @Nullable String text(JsonParser json, String what) throws UnexpectedResultException {
        return AgentText.printable(JsonValues.text(json, what), MAX_TEXT);
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.command;

import dev.bellhop.api.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.databind.DeserializationFeature;

/** Reads what somebody has written down as JSON. */
public final class JsonFile {

    private JsonFile() {}

    /**
     * What a file says. A field that is not known is refused: left out, it would be a limit less.
     *
     * @param file its path, or - for standard input
     */
    public static <T> T read(CliContext context, Path file, Class<T> type) {
        try {
            byte[] bytes =
                    file.toString().equals("-") ? context.stdin().bytes().readAllBytes() : Files.readAllBytes(file);
            String text = new String(bytes, StandardCharsets.UTF_8);
            T read = type.cast(Json.mapper()
                    .reader()
                    .with(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                    .forType(type)
                    .readValue(text));
            if (read == null) {
                throw new CliException("Cannot use " + file + " because it is not a JSON object");
            }
            return read;
        } catch (StreamReadException e) {
            TokenStreamLocation at = e.getLocation();
            throw new CliException("Cannot use " + file + " because it is not valid JSON"
                    + (at == null ? "" : ": look at line " + at.getLineNr() + ", column " + at.getColumnNr()));
        } catch (JacksonException e) {
            String pointer = Json.pointer(e);
            throw new CliException("Cannot use " + file + " because "
                    + (pointer.isEmpty()
                            ? "it is not a JSON object as is expected here"
                            : "its field " + pointer
                                    + " is missing, misspelt or of another type than is expected here"));
        } catch (IOException e) {
            throw new CliException("Cannot read " + file + " because " + reason(e));
        }
    }

    /** Why a file cannot be read. */
    static String reason(IOException e) {
        return switch (e) {
            case NoSuchFileException missing -> "there is no such file";
            case AccessDeniedException denied -> "this user may not read it";
            default -> String.valueOf(e.getMessage()).contains("directory") ? "it is a folder" : "reading it failed";
        };
    }
}

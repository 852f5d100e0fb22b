// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2.file;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.file.GuestPath;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.Cursor;
import dev.bellhop.server.http.Parameters;
import dev.bellhop.server.vm.VmId;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** The query of a request about a file, whose path can be any bytes, not only UTF-8. */
final class FileQuery {
    static final String PATH =
            "An absolute path of 1 to " + GuestPath.MAX_BYTES + " bytes, percent-encoded, without NUL";

    static final String LIST = "files";

    private static final Pattern OCTAL = Pattern.compile("0?[0-7]{3,4}");
    private static final String MODE = "Three or four octal digits, such as 0644";
    private static final Pattern OWNER =
            Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.@-]{0,63}(:[A-Za-z0-9_][A-Za-z0-9_.@-]{0,63})?"
                    + "|:[A-Za-z0-9_][A-Za-z0-9_.@-]{0,63}");
    private static final String OWNER_FORM = "USER, USER:GROUP or :GROUP, by name or number";
    private static final Pattern UPLOAD = Pattern.compile("[A-Za-z0-9_-]{8,64}");

    private final Map<String, byte[]> values;

    private FileQuery(Map<String, byte[]> values) {
        this.values = values;
    }

    /** Parses the query; throws {@code INVALID_REQUEST} if a parameter is repeated or its encoding is invalid. */
    static FileQuery of(Call call) {
        String query = call.request().getHttpURI().getQuery();
        Map<String, byte[]> values = new HashMap<>();
        for (String pair : query == null || query.isEmpty() ? new String[0] : query.split("&", -1)) {
            int equals = pair.indexOf('=');
            String name =
                    new String(decoded(equals < 0 ? pair : pair.substring(0, equals)), StandardCharsets.ISO_8859_1);
            if (values.put(name, decoded(equals < 0 ? "" : pair.substring(equals + 1))) != null) {
                throw new BellhopException(
                        ErrorCode.INVALID_REQUEST, "Cannot use a query parameter because it is given more than once");
            }
        }
        return new FileQuery(values);
    }

    /** Decodes percent-encoding; a plus sign is a blank, as in all queries. */
    private static byte[] decoded(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '%') {
                int high = i + 2 < text.length() ? Character.digit(text.charAt(i + 1), 16) : -1;
                int low = i + 2 < text.length() ? Character.digit(text.charAt(i + 2), 16) : -1;
                if (high < 0 || low < 0) {
                    throw new BellhopException(
                            ErrorCode.INVALID_REQUEST,
                            "Cannot read the query string because it is not valid %-encoding");
                }
                bytes.write(high * 16 + low);
                i += 2;
            } else {
                bytes.writeBytes((c == '+' ? " " : String.valueOf(c)).getBytes(StandardCharsets.UTF_8));
            }
        }
        return bytes.toByteArray();
    }

    GuestPath path() {
        byte[] bytes = values.get("path");
        if (bytes == null) {
            throw new BellhopException(
                    "Cannot do this without the query parameter 'path'",
                    List.of(new FieldFault("path", PATH, Fault.REQUIRED)));
        }
        return GuestPath.of(bytes).orElseThrow(() -> Parameters.invalid("path", PATH, Fault.MALFORMED));
    }

    /** Returns the URL of a path in a VM, for a route with the parameter {@code path}. */
    static String location(String template, VmId vm, GuestPath path) {
        return template.replace("{vmid}", vm.toString()) + "?path="
                + path.encoded().replace("+", "%2B");
    }

    /** Returns a path for a change or a write, which must end in a name. */
    GuestPath namedPath() {
        GuestPath path = path();
        if (!path.endsInName()) {
            throw Parameters.invalid("path", PATH + ", that ends in a name", Fault.MALFORMED);
        }
        return path;
    }

    Optional<String> text(String name) {
        return Optional.ofNullable(values.get(name)).map(bytes -> new String(bytes, StandardCharsets.UTF_8));
    }

    boolean flag(String name, boolean byDefault) {
        return text(name)
                .map(text -> {
                    if (!text.equals("true") && !text.equals("false")) {
                        throw Parameters.invalid(name, "true or false", Fault.UNKNOWN_VALUE);
                    }
                    return text.equals("true");
                })
                .orElse(byDefault);
    }

    int integer(String name, int least, int most, int byDefault) {
        return text(name)
                .map(text -> {
                    int value = text.matches("[0-9]{1,9}") ? Integer.parseInt(text) : -1;
                    if (value < least || value > most) {
                        throw Parameters.invalid(name, "An integer from " + least + " to " + most, Fault.OUT_OF_RANGE);
                    }
                    return value;
                })
                .orElse(byDefault);
    }

    Optional<Integer> mode() {
        return text("mode").map(text -> mode("mode", text));
    }

    static int mode(String pointer, String text) {
        if (!OCTAL.matcher(text).matches()) {
            throw malformed(pointer, MODE);
        }
        return Integer.parseInt(text, 8);
    }

    Optional<String> owner() {
        return text("owner").map(text -> owner("owner", text));
    }

    static String owner(String pointer, String text) {
        if (!OWNER.matcher(text).matches()) {
            throw malformed(pointer, OWNER_FORM);
        }
        return text;
    }

    Optional<String> upload() {
        return text("upload").map(FileQuery::upload);
    }

    static String upload(String text) {
        if (!UPLOAD.matcher(text).matches()) {
            throw malformed("upload", "8 to 64 letters, digits, _ or -, of your own making, such as a UUID");
        }
        return text;
    }

    static BellhopException malformed(String pointer, String expected) {
        return new BellhopException(
                "Cannot use " + pointer + " as it is", List.of(new FieldFault(pointer, expected, Fault.MALFORMED)));
    }

    /** Returns the name in a cursor of a list. */
    Optional<byte[]> cursor() {
        return text("cursor").map(cursor -> Cursor.position(LIST, cursor));
    }
}

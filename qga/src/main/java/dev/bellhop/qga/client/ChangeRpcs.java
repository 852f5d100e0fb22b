// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga.client;

import dev.bellhop.qga.AgentText;
import dev.bellhop.qga.GuestList;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/** The commands of the agent that change who may log in to the guest, and its clock; with those that read the same. */
final class ChangeRpcs {

    static final Rpc<Instant> TIME = new Rpc<>("guest-get-time", Rpc.ArgumentWriter.NONE, ChangeRpcs::time);
    static final Rpc<ResultReaders.Nothing> SET_TIME_FROM_HARDWARE =
            new Rpc<>("guest-set-time", Rpc.ArgumentWriter.NONE, ResultReaders::nothing);

    private static final int MAX_KEYS = 1000;
    /** A key of RSA with 16,384 bits has 2,800 characters. */
    private static final int MAX_LINE = 16_384;

    private static final long NANOS = 1_000_000_000;

    private ChangeRpcs() {}

    static Rpc<ResultReaders.Nothing> setUserPassword(String user, byte[] password, boolean crypted) {
        AgentText.requireSendable("user", user);
        return new Rpc<>(
                "guest-set-user-password",
                json -> json.writeStringProperty("username", user)
                        .writeBinaryProperty("password", password)
                        .writeBooleanProperty("crypted", crypted),
                ResultReaders::nothing);
    }

    static Rpc<GuestList<String>> authorizedKeys(String user) {
        AgentText.requireSendable("user", user);
        return new Rpc<>(
                "guest-ssh-get-authorized-keys",
                json -> json.writeStringProperty("username", user),
                ChangeRpcs::authorizedKeys);
    }

    static Rpc<ResultReaders.Nothing> addAuthorizedKeys(String user, List<String> lines) {
        return change("guest-ssh-add-authorized-keys", user, lines);
    }

    static Rpc<ResultReaders.Nothing> removeAuthorizedKeys(String user, List<String> lines) {
        return change("guest-ssh-remove-authorized-keys", user, lines);
    }

    private static Rpc<ResultReaders.Nothing> change(String command, String user, List<String> lines) {
        AgentText.requireSendable("user", user);
        lines.forEach(line -> AgentText.requireSendable("line", line));
        return new Rpc<>(
                command,
                json -> {
                    json.writeStringProperty("username", user).writeArrayPropertyStart("keys");
                    lines.forEach(json::writeString);
                    json.writeEndArray();
                },
                ResultReaders::nothing);
    }

    static Rpc<ResultReaders.Nothing> setTime(Instant time) {
        long nanos = Math.addExact(Math.multiplyExact(time.getEpochSecond(), NANOS), time.getNano());
        return new Rpc<>("guest-set-time", json -> json.writeNumberProperty("time", nanos), ResultReaders::nothing);
    }

    /** Nanoseconds since 1970. */
    private static Instant time(JsonParser json, BoundedInput intake) throws UnexpectedResultException {
        long nanos = JsonValues.number(json, "the time", 0, Long.MAX_VALUE);
        return Instant.ofEpochSecond(nanos / NANOS, nanos % NANOS);
    }

    /** Longer lines, and those beyond the limit, are left out, which is said. */
    private static GuestList<String> authorizedKeys(JsonParser json, BoundedInput intake)
            throws UnexpectedResultException {
        JsonValues.requireObject(json, "the result");
        GuestList<String> keys = null;
        for (String name = json.nextName(); name != null; name = json.nextName()) {
            json.nextToken();
            if (name.equals("keys")) {
                keys = lines(json);
            } else {
                json.skipChildren();
            }
        }
        return JsonValues.present(keys, "the keys");
    }

    private static GuestList<String> lines(JsonParser json) throws UnexpectedResultException {
        if (json.currentToken() != JsonToken.START_ARRAY) {
            throw new UnexpectedResultException("the keys are not an array");
        }
        List<String> lines = new ArrayList<>();
        boolean cut = false;
        while (json.nextToken() != JsonToken.END_ARRAY) {
            String line = JsonValues.text(json, "a key");
            if (lines.size() < MAX_KEYS && line.length() <= MAX_LINE) {
                lines.add(line);
            } else {
                cut = true;
            }
        }
        return new GuestList<>(lines, cut);
    }
}

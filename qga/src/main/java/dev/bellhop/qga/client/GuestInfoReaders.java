// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga.client;

import dev.bellhop.qga.AgentText;
import dev.bellhop.qga.GuestAddress;
import dev.bellhop.qga.GuestCount;
import dev.bellhop.qga.GuestFileSystem;
import dev.bellhop.qga.GuestInterface;
import dev.bellhop.qga.GuestList;
import dev.bellhop.qga.GuestLoad;
import dev.bellhop.qga.GuestTimeZone;
import dev.bellhop.qga.GuestUser;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Reads what a guest reports about itself. A value of the wrong type makes the reply invalid; an impossible value, such as
 * something that is no address, counts as not reported, so that one oddity does not hide the rest.
 */
final class GuestInfoReaders {

    private static final int MAX_INTERFACES = 100;
    private static final int MAX_ADDRESSES = 16;
    private static final int MAX_FILE_SYSTEMS = 100;
    private static final int MAX_USERS = 100;

    private static final int MAX_HOST_NAME = 255;
    private static final int MAX_NAME = 100;
    private static final int MAX_PATH = 200;

    private static final int MAX_OFFSET_SECONDS = ZoneOffset.MAX.getTotalSeconds();
    private static final double MAX_LOAD = 1_000_000;
    private static final double END_OF_THE_YEAR_9999 = 253_402_300_799.0;
    private static final double MILLIS = 1000;

    private static final Pattern HARDWARE_ADDRESS = Pattern.compile("[0-9a-f]{2}(:[0-9a-f]{2}){5}");

    private GuestInfoReaders() {}

    static String hostName(JsonParser json, BoundedInput intake) throws UnexpectedResultException {
        JsonValues.requireObject(json, "the result");
        String hostName = null;
        for (String name = json.nextName(); name != null; name = json.nextName()) {
            json.nextToken();
            if (name.equals("host-name")) {
                hostName = text(json, "the host name", MAX_HOST_NAME);
            } else {
                json.skipChildren();
            }
        }
        return JsonValues.present(orAbsent(hostName), "the host name");
    }

    static GuestList<GuestInterface> interfaces(JsonParser json, BoundedInput intake) throws UnexpectedResultException {
        return list(json, "the interfaces", MAX_INTERFACES, GuestInfoReaders::networkInterface);
    }

    private static Optional<GuestInterface> networkInterface(JsonParser json) throws UnexpectedResultException {
        String interfaceName = null;
        String hardwareAddress = null;
        GuestList<GuestAddress> addresses = new GuestList<>(List.of(), false);
        for (String name = json.nextName(); name != null; name = json.nextName()) {
            json.nextToken();
            switch (name) {
                case "name" -> interfaceName = text(json, "an interface's name", MAX_NAME);
                case "hardware-address" -> hardwareAddress = JsonValues.text(json, "a hardware address");
                case "ip-addresses" ->
                    addresses = list(json, "the addresses", MAX_ADDRESSES, GuestInfoReaders::address);
                default -> json.skipChildren();
            }
        }
        boolean hasHardware = hardwareAddress != null
                && HARDWARE_ADDRESS.matcher(hardwareAddress).matches();
        String known = JsonValues.present(interfaceName, "an interface's name");
        return known.isEmpty()
                ? Optional.empty()
                : Optional.of(new GuestInterface(known, hasHardware ? hardwareAddress : null, addresses));
    }

    private static Optional<GuestAddress> address(JsonParser json) throws UnexpectedResultException {
        String address = null;
        Long prefix = null;
        for (String name = json.nextName(); name != null; name = json.nextName()) {
            json.nextToken();
            switch (name) {
                case "ip-address" -> address = JsonValues.text(json, "an address");
                case "prefix" -> prefix = size(json, "a prefix");
                default -> json.skipChildren();
            }
        }
        return GuestAddress.told(JsonValues.present(address, "an address"), prefix);
    }

    static GuestList<GuestFileSystem> fileSystems(JsonParser json, BoundedInput intake)
            throws UnexpectedResultException {
        return list(json, "the file systems", MAX_FILE_SYSTEMS, GuestInfoReaders::fileSystem);
    }

    private static Optional<GuestFileSystem> fileSystem(JsonParser json) throws UnexpectedResultException {
        String mountPoint = null;
        String device = null;
        String type = null;
        Long used = null;
        Long total = null;
        for (String name = json.nextName(); name != null; name = json.nextName()) {
            json.nextToken();
            switch (name) {
                case "mountpoint" -> mountPoint = text(json, "a mount point", MAX_PATH);
                case "name" -> device = text(json, "a device's name", MAX_PATH);
                case "type" -> type = text(json, "a file system's type", MAX_NAME);
                case "used-bytes" -> used = size(json, "used-bytes");
                case "total-bytes" -> total = size(json, "total-bytes");
                default -> json.skipChildren();
            }
        }
        boolean possible = used != null && total != null && used <= total;
        String known = JsonValues.present(mountPoint, "a mount point");
        return known.isEmpty()
                ? Optional.empty()
                : Optional.of(new GuestFileSystem(
                        known, orAbsent(device), orAbsent(type), possible ? used : null, possible ? total : null));
    }

    static GuestList<GuestUser> users(JsonParser json, BoundedInput intake) throws UnexpectedResultException {
        return list(json, "the users", MAX_USERS, GuestInfoReaders::user);
    }

    private static Optional<GuestUser> user(JsonParser json) throws UnexpectedResultException {
        String user = null;
        String domain = null;
        Instant login = null;
        for (String name = json.nextName(); name != null; name = json.nextName()) {
            json.nextToken();
            switch (name) {
                case "user" -> user = text(json, "a user's name", MAX_NAME);
                case "domain" -> domain = text(json, "a user's domain", MAX_NAME);
                case "login-time" -> login = time(json);
                default -> json.skipChildren();
            }
        }
        String known = JsonValues.present(user, "a user's name");
        return known.isEmpty() ? Optional.empty() : Optional.of(new GuestUser(known, orAbsent(domain), login));
    }

    static GuestTimeZone timeZone(JsonParser json, BoundedInput intake) throws UnexpectedResultException {
        JsonValues.requireObject(json, "the result");
        String zone = null;
        Integer offset = null;
        for (String name = json.nextName(); name != null; name = json.nextName()) {
            json.nextToken();
            switch (name) {
                case "zone" -> zone = text(json, "the time zone", MAX_NAME);
                case "offset" ->
                    offset = (int) JsonValues.number(json, "the offset", -MAX_OFFSET_SECONDS, MAX_OFFSET_SECONDS);
                default -> json.skipChildren();
            }
        }
        return new GuestTimeZone(orAbsent(zone), ZoneOffset.ofTotalSeconds(JsonValues.present(offset, "the offset")));
    }

    static GuestLoad load(JsonParser json, BoundedInput intake) throws UnexpectedResultException {
        JsonValues.requireObject(json, "the result");
        Double one = null;
        Double five = null;
        Double fifteen = null;
        for (String name = json.nextName(); name != null; name = json.nextName()) {
            json.nextToken();
            switch (name) {
                case "load1m" -> one = average(json);
                case "load5m" -> five = average(json);
                case "load15m" -> fifteen = average(json);
                default -> json.skipChildren();
            }
        }
        return new GuestLoad(
                JsonValues.present(one, "load1m"),
                JsonValues.present(five, "load5m"),
                JsonValues.present(fifteen, "load15m"));
    }

    /** Things that are online or not; what does not say is. */
    static GuestCount count(JsonParser json, BoundedInput intake) throws UnexpectedResultException {
        if (json.currentToken() != JsonToken.START_ARRAY) {
            throw new UnexpectedResultException("the list is not an array");
        }
        int total = 0;
        int online = 0;
        while (json.nextToken() != JsonToken.END_ARRAY) {
            JsonValues.requireObject(json, "one of the list");
            boolean isOnline = true;
            for (String name = json.nextName(); name != null; name = json.nextName()) {
                json.nextToken();
                if (name.equals("online")) {
                    isOnline = JsonValues.bool(json, "online");
                } else {
                    json.skipChildren();
                }
            }
            total++;
            online += isOnline ? 1 : 0;
        }
        return new GuestCount(total, online);
    }

    static Long blockSize(JsonParser json, BoundedInput intake) throws UnexpectedResultException {
        JsonValues.requireObject(json, "the result");
        Long size = null;
        for (String name = json.nextName(); name != null; name = json.nextName()) {
            json.nextToken();
            if (name.equals("size")) {
                size = JsonValues.number(json, "the size of a block", 1, Long.MAX_VALUE);
            } else {
                json.skipChildren();
            }
        }
        return JsonValues.present(size, "the size of a block");
    }

    /** Reads one object of a list, from its start to its end; empty if it is not worth reporting. */
    @FunctionalInterface
    private interface ItemReader<T> {
        Optional<T> read(JsonParser json) throws UnexpectedResultException;
    }

    /** Skips everything beyond the limit. */
    private static <T> GuestList<T> list(JsonParser json, String what, int most, ItemReader<T> reader)
            throws UnexpectedResultException {
        if (json.currentToken() != JsonToken.START_ARRAY) {
            throw new UnexpectedResultException(what + " are not an array");
        }
        List<T> items = new ArrayList<>();
        boolean cut = false;
        while (json.nextToken() != JsonToken.END_ARRAY) {
            JsonValues.requireObject(json, "one of " + what);
            if (items.size() == most) {
                cut = true;
                json.skipChildren();
            } else {
                reader.read(json).ifPresent(items::add);
            }
        }
        return new GuestList<>(items, cut);
    }

    private static String text(JsonParser json, String what, int longest) throws UnexpectedResultException {
        return AgentText.printable(JsonValues.text(json, what), longest);
    }

    /** An empty text says nothing. */
    private static @Nullable String orAbsent(@Nullable String text) {
        return text == null || text.isEmpty() ? null : text;
    }

    /** Absent where it is no number of 0 or more that 64 bits hold. */
    private static @Nullable Long size(JsonParser json, String what) throws UnexpectedResultException {
        if (json.currentToken() != JsonToken.VALUE_NUMBER_INT) {
            throw new UnexpectedResultException(what + " is not a whole number");
        }
        return JsonValues.isLong(json) && json.getLongValue() >= 0 ? json.getLongValue() : null;
    }

    /** Seconds since 1970 with a fraction. Absent where no calendar has the time. */
    private static @Nullable Instant time(JsonParser json) throws UnexpectedResultException {
        double seconds = real(json, "a time");
        return seconds >= 0 && seconds <= END_OF_THE_YEAR_9999 ? Instant.ofEpochMilli((long) (seconds * MILLIS)) : null;
    }

    private static double average(JsonParser json) throws UnexpectedResultException {
        double load = real(json, "a load");
        if (!(load >= 0 && load <= MAX_LOAD)) {
            throw new UnexpectedResultException("a load is out of range");
        }
        return load;
    }

    /** A number with a fraction or without. */
    private static double real(JsonParser json, String what) throws UnexpectedResultException {
        return switch (json.currentToken()) {
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> json.getDoubleValue();
            default -> throw new UnexpectedResultException(what + " is not a number");
        };
    }
}

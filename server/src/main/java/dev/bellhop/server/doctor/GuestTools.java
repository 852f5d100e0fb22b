// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.doctor;

import dev.bellhop.qga.ExecStatus;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Properties of a guest. They are the guest's word.
 *
 * @param programs by name
 * @param spoolWritable whether supervisors could write their files
 * @param freeKib free space in the spool folder; absent if the guest does not report it
 * @param domain the agent's SELinux domain; absent if there is none
 * @param selinux the mode, such as Enforcing; absent if the guest does not report it
 */
record GuestTools(
        Set<String> programs,
        boolean spoolWritable,
        @Nullable Long freeKib,
        @Nullable String domain,
        @Nullable String selinux) {
    private static final int MAX_BYTES = 8192;
    private static final Pattern WHOLE = Pattern.compile("bellhop doctor\n(?s:.*)\nend\n");
    private static final Pattern LINE =
            Pattern.compile("(?m)^(?<what>has|spool|free|domain|selinux|user) (?<value>[A-Za-z0-9_:.,-]{1,200})$");

    GuestTools {
        programs = Set.copyOf(programs);
    }

    /** Parses the script's output; empty if it is not as expected. */
    static Optional<GuestTools> parse(ExecStatus status) {
        if (status.stdout().length > MAX_BYTES) {
            return Optional.empty();
        }
        String said = new String(status.stdout(), StandardCharsets.ISO_8859_1);
        if (!WHOLE.matcher(said).matches()) {
            return Optional.empty();
        }
        Set<String> programs = new HashSet<>();
        boolean writable = false;
        Long free = null;
        String domain = null;
        String selinux = null;
        Matcher line = LINE.matcher(said);
        while (line.find()) {
            String value = line.group("value");
            switch (line.group("what")) {
                case "has" -> programs.add(value);
                case "spool" -> writable = value.equals("writable");
                case "free" -> free = number(value);
                case "domain" -> domain = value;
                case "selinux" -> selinux = value;
                default -> {} // The user does not matter so far.
            }
        }
        return Optional.of(new GuestTools(programs, writable, free, domain, selinux));
    }

    private static @Nullable Long number(String digits) {
        OptionalLong value =
                digits.matches("[0-9]{1,18}") ? OptionalLong.of(Long.parseLong(digits)) : OptionalLong.empty();
        return value.isPresent() ? value.getAsLong() : null;
    }

    boolean has(String program) {
        return programs.contains(program);
    }
}

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
 * What a guest said it has. It is the guest's word.
 *
 * @param programs by name
 * @param spoolWritable whether supervisors could keep their files
 * @param freeKib what is free there; absent where the guest does not say
 * @param domain the agent's domain of SELinux; absent where there is none
 * @param selinux such as Enforcing; absent where the guest does not say
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

    /** Empty where it is not what the script prints. */
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
                default -> {} // Who it is does not matter yet.
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

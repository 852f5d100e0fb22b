// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import dev.bellhop.server.hypervisor.qemu.StartCommand;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads what starts a VM: {@code start}, a program and its arguments, or {@code unit}, one of systemd. */
final class StartCommandReader {
    private static final String PLACEHOLDER = "{vmid}";
    private static final String COMMAND =
            "expected a list of a program, by its absolute path, and its arguments, such as [/usr/local/sbin/start-vm, \"{vmid}\"]";
    private static final String UNIT = "expected the name of a unit of systemd, such as vm@{vmid}.service";

    /** As systemd.unit(5) has it, and no option of systemctl. */
    private static final Pattern UNIT_NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9:_.@\\\\-]*[.][a-z]+");

    private StartCommandReader() {}

    /** @param ofAll whether it is to start each VM of a pattern, and so has to be told which */
    static @Nullable StartCommand read(Map<String, Setting> settings, boolean ofAll) throws ConfigException {
        Setting start = settings.get("start");
        Setting unit = settings.get("unit");
        if (start != null && unit != null) {
            throw unit.wrong("a VM is started either by start or by unit; leave out one of the two");
        }
        if (start != null) {
            return command(start, ofAll);
        }
        return unit == null ? null : StartCommand.ofUnit(unit(unit, ofAll));
    }

    private static StartCommand command(Setting start, boolean ofAll) throws ConfigException {
        List<String> argv = new ArrayList<>();
        for (Setting word : start.items()) {
            argv.add(word.text(COMMAND));
        }
        if (argv.isEmpty() || !argv.getFirst().startsWith("/") || argv.stream().anyMatch(word -> word.contains("\0"))) {
            throw start.wrong(COMMAND);
        }
        if (ofAll && argv.stream().noneMatch(word -> word.contains(PLACEHOLDER))) {
            throw start.wrong(
                    "expected " + PLACEHOLDER + " in one of its arguments, or it would start the same VM each time");
        }
        return new StartCommand(argv);
    }

    private static String unit(Setting setting, boolean ofAll) throws ConfigException {
        String unit = setting.text(UNIT);
        if (!UNIT_NAME.matcher(unit.replace(PLACEHOLDER, "1")).matches() || (ofAll && !unit.contains(PLACEHOLDER))) {
            throw setting.wrong(UNIT);
        }
        return unit;
    }
}

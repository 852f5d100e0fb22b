// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.qemu;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.vm.VmUsage;
import dev.bellhop.server.vm.VmUsage.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/**
 * Reads the resource use of a VM from QEMU's monitor, and that of its process from the kernel. The commands and fields
 * are from qapi/machine.json and qapi/block-core.json; an older QEMU may lack any of them.
 */
final class QemuUsage {
    private static final int MAX_CPUS = 10_000;
    private static final int MAX_DISKS = 100;

    /** Valid ids in QEMU, including generated ones. */
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9#._-]{1,100}");

    /** A device with an id, by its path in QEMU's object tree. */
    private static final Pattern DEVICE = Pattern.compile("/machine/peripheral/([A-Za-z0-9._-]{1,100})(/.*)?");

    private QemuUsage() {}

    static VmUsage of(Path monitor, Deadline deadline) {
        // The process first: the monitor accepts one client at a time, and this connection leaves before it is
        // accepted.
        Optional<ProcessHandle> process = PeerProcess.listeningOn(monitor).flatMap(ProcessHandle::of);
        Optional<ProcessFiles> files = process.map(one -> ProcessFiles.of(one.pid()));
        List<JsonNode> told = ask(
                monitor,
                deadline,
                "query-cpus-fast",
                "query-balloon",
                "query-memory-size-summary",
                "query-block",
                "query-blockstats");
        return new VmUsage(
                cpus(told.getFirst()),
                process.flatMap(running -> running.info().totalCpuDuration()).orElse(null),
                memory(told.get(1), told.get(2)),
                files.flatMap(ProcessFiles::residentBytes).orElse(null),
                disks(told.get(3), told.get(4)),
                files.map(ProcessFiles::networks).orElse(List.of()));
    }

    /** Returns each command's result; missing if it was refused, all missing if the monitor does not answer. */
    private static List<JsonNode> ask(Path monitor, Deadline deadline, String... commands) {
        try {
            return QmpMonitor.ask(monitor, deadline, commands);
        } catch (IOException e) {
            return Collections.nCopies(commands.length, MissingNode.getInstance());
        }
    }

    private static @Nullable Integer cpus(JsonNode cpus) {
        return cpus.isArray() && !cpus.isEmpty() && cpus.size() <= MAX_CPUS ? cpus.size() : null;
    }

    /** Returns the memory that the balloon leaves to the guest, or the configured memory if there is no balloon. */
    private static @Nullable Long memory(JsonNode balloon, JsonNode summary) {
        Long actual = count(balloon.path("actual"));
        if (actual != null) {
            return actual;
        }
        Long base = count(summary.path("base-memory"));
        Long plugged = count(summary.path("plugged-memory"));
        return base == null ? null : Long.valueOf(base + (plugged == null ? 0 : plugged));
    }

    /** Returns the drives that have a medium. */
    private static List<Disk> disks(JsonNode drives, JsonNode statistics) {
        List<Disk> disks = new ArrayList<>();
        for (JsonNode drive : drives) {
            JsonNode medium = drive.path("inserted");
            if (!medium.isObject() || disks.size() == MAX_DISKS) {
                continue;
            }
            JsonNode counters = counters(drive, statistics);
            disks.add(new Disk(
                    name(drive).orElse("disk" + disks.size()),
                    count(medium.path("image").path("virtual-size")),
                    count(counters.path("rd_bytes")),
                    count(counters.path("wr_bytes"))));
        }
        return disks;
    }

    /** Returns the configured name: of the drive, else of the device, else of the node of its medium. */
    private static Optional<String> name(JsonNode drive) {
        String device = drive.path("device").asString("");
        if (NAME.matcher(device).matches()) {
            return Optional.of(device);
        }
        var byPlace = DEVICE.matcher(drive.path("qdev").asString(""));
        if (byPlace.matches()) {
            return Optional.of(byPlace.group(1));
        }
        return Optional.of(drive.path("inserted").path("node-name").asString(""))
                .filter(node -> NAME.matcher(node).matches());
    }

    private static JsonNode counters(JsonNode drive, JsonNode statistics) {
        for (String key : List.of("qdev", "device")) {
            String value = drive.path(key).asString("");
            for (JsonNode one : statistics) {
                if (!value.isEmpty() && value.equals(one.path(key).asString(""))) {
                    return one.path("stats");
                }
            }
        }
        return MissingNode.getInstance();
    }

    private static @Nullable Long count(JsonNode number) {
        return number.isIntegralNumber() && number.canConvertToLong() && number.longValue() >= 0
                ? number.longValue()
                : null;
    }
}

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
 * What a QEMU's monitor tells about the use of its VM, and the kernel about its process. The commands and fields are those
 * of qapi/machine.json and qapi/block-core.json; an older QEMU may lack any of them.
 */
final class QemuUsage {
    private static final int MAX_CPUS = 10_000;
    private static final int MAX_DISKS = 100;

    /** What QEMU takes for an id, and what it makes up itself. */
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9#._-]{1,100}");

    /** A device that was given an id, by its place in QEMU's tree of objects. */
    private static final Pattern DEVICE = Pattern.compile("/machine/peripheral/([A-Za-z0-9._-]{1,100})(/.*)?");

    private QemuUsage() {}

    static VmUsage of(Path monitor, Deadline deadline) {
        // The process first: the monitor takes one client at a time, and this one leaves before it is let in.
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

    /** What each returned; missing where it was refused, and all of them where the monitor does not answer. */
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

    /** What the balloon has left it, where there is one; otherwise what it was given. */
    private static @Nullable Long memory(JsonNode balloon, JsonNode summary) {
        Long actual = count(balloon.path("actual"));
        if (actual != null) {
            return actual;
        }
        Long base = count(summary.path("base-memory"));
        Long plugged = count(summary.path("plugged-memory"));
        return base == null ? null : Long.valueOf(base + (plugged == null ? 0 : plugged));
    }

    /** Drives with something in them. */
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

    /** As whoever started the QEMU has called it: the drive, or else the device, or else the node of what is in it. */
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

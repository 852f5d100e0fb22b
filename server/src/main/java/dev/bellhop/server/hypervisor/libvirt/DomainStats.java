// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.libvirt;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.bellhop.server.vm.VmUsage;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** Libvirt's statistics of one domain by name, such as {@code block.0.rd.bytes}: see virConnectGetAllDomainStats. */
record DomainStats(Map<String, Long> numbers, Map<String, String> texts) {
    /** State, processors, balloon, vcpu, interfaces and disks: {@code virDomainStatsTypes}. */
    private static final int WANTED = 0b111111;

    /** Omits values that a busy domain cannot return immediately: {@code VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT}. */
    private static final int NO_WAIT = 1 << 29;

    /** {@code virTypedParameter}: name, type, value. */
    private static final int PARAMETER_BYTES = 96;

    private static final int NAME_BYTES = 80;
    private static final int VALUE = 88;

    private static final int TYPE_INT = 1;
    private static final int TYPE_UINT = 2;
    private static final int TYPE_LLONG = 3;
    private static final int TYPE_ULLONG = 4;
    private static final int TYPE_STRING = 7;

    private static final int MAX_DEVICES = 256;
    private static final long KIB = 1024;

    static DomainStats of(MemorySegment domain) throws LibvirtException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment domains = arena.allocate(ADDRESS, 2);
            domains.setAtIndex(ADDRESS, 0, domain);
            MemorySegment out = arena.allocate(ADDRESS);
            LibvirtLibrary.number("virDomainListGetStats", domains, WANTED, out, NO_WAIT);
            MemorySegment records = LibvirtLibrary.sized(out.get(ADDRESS, 0), ADDRESS.byteSize());
            try {
                MemorySegment record = records.get(ADDRESS, 0);
                return LibvirtLibrary.isNull(record)
                        ? new DomainStats(Map.of(), Map.of())
                        : read(LibvirtLibrary.sized(record, 24));
            } finally {
                LibvirtLibrary.run("virDomainStatsRecordListFree", records);
            }
        }
    }

    /** {@code virDomainStatsRecord}: domain, parameters, number of parameters. */
    private static DomainStats read(MemorySegment record) {
        int count = record.get(JAVA_INT, 16);
        MemorySegment parameters = LibvirtLibrary.sized(record.get(ADDRESS, 8), (long) count * PARAMETER_BYTES);
        Map<String, Long> numbers = new HashMap<>();
        Map<String, String> texts = new HashMap<>();
        for (int i = 0; i < count; i++) {
            MemorySegment parameter = parameters.asSlice((long) i * PARAMETER_BYTES, PARAMETER_BYTES);
            String name = parameter.asSlice(0, NAME_BYTES).getString(0);
            switch (parameter.get(JAVA_INT, NAME_BYTES)) {
                case TYPE_INT -> numbers.put(name, (long) parameter.get(JAVA_INT, VALUE));
                case TYPE_UINT -> numbers.put(name, Integer.toUnsignedLong(parameter.get(JAVA_INT, VALUE)));
                case TYPE_LLONG, TYPE_ULLONG -> numbers.put(name, parameter.get(JAVA_LONG, VALUE));
                case TYPE_STRING -> texts.put(name, LibvirtLibrary.text(parameter.get(ADDRESS, VALUE)));
                default -> {
                    // Doubles and booleans, all unused.
                }
            }
        }
        return new DomainStats(numbers, texts);
    }

    VmUsage usage() {
        Long cpus = numbers.get("vcpu.current");
        Long cpuTime = numbers.get("cpu.time");
        return new VmUsage(
                cpus == null ? null : cpus.intValue(),
                cpuTime == null ? null : Duration.ofNanos(cpuTime),
                bytes("balloon.current"),
                bytes("balloon.rss"),
                each(
                        "block",
                        block -> new VmUsage.Disk(
                                name(block),
                                numbers.get(block + "capacity"),
                                numbers.get(block + "rd.bytes"),
                                numbers.get(block + "wr.bytes"))),
                // Libvirt counts from the guest's side: rx is received by the guest.
                each(
                        "net",
                        net -> new VmUsage.Network(
                                name(net), numbers.get(net + "rx.bytes"), numbers.get(net + "tx.bytes"))));
    }

    private @Nullable Long bytes(String name) {
        Long kib = numbers.get(name);
        return kib == null ? null : kib * KIB;
    }

    private String name(String prefix) {
        return texts.getOrDefault(prefix + "name", "");
    }

    private <T> List<T> each(String what, Function<String, T> device) {
        long count = Math.clamp(numbers.getOrDefault(what + ".count", 0L), 0, MAX_DEVICES);
        return LongStream.range(0, count)
                .mapToObj(i -> what + "." + i + ".")
                .filter(prefix -> texts.containsKey(prefix + "name"))
                .map(device)
                .toList();
    }
}

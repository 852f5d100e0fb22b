// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.libvirt;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.SYNC;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import dev.bellhop.server.hypervisor.VmidRegister;
import dev.bellhop.server.vm.VmId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The current or last vmid of each domain, in a small file with a line "UUID VMID" for each, replaced as a whole.
 * Thread safe.
 */
public final class AssignedVmids implements VmidRegister {
    /** In the data folder. */
    public static final String FILE = "libvirt-vms";

    /** Assigned numbers start here, clear of numbers that people choose. */
    private static final long FIRST = 1_000_000;

    private static final Pattern LINE = Pattern.compile("([0-9a-f-]{36}) ([1-9][0-9]{0,18})");

    private final Path file;
    private Map<UUID, VmId> kept;

    private AssignedVmids(Path file, Map<UUID, VmId> kept) {
        this.file = file;
        this.kept = kept;
    }

    public static AssignedVmids read(Path file) throws IOException {
        Map<UUID, VmId> kept = new LinkedHashMap<>();
        if (Files.exists(file)) {
            for (String line : Files.readAllLines(file)) {
                Matcher matcher = LINE.matcher(line);
                VmId vmid = matcher.matches() ? VmId.parse(matcher.group(2)).orElse(null) : null;
                if (vmid == null) {
                    throw new IOException("a line of it is none of ours");
                }
                kept.put(UUID.fromString(matcher.group(1)), vmid);
            }
        }
        return new AssignedVmids(file, kept);
    }

    @Override
    public synchronized Map<UUID, VmId> kept() {
        return Collections.unmodifiableMap(new LinkedHashMap<>(kept));
    }

    @Override
    public synchronized Optional<VmId> free(UUID vm, Collection<VmId> taken) {
        long number = kept.values().stream()
                .mapToLong(VmId::value)
                .filter(id -> id >= FIRST)
                .max()
                .orElse(FIRST - 1);
        VmId free;
        do {
            free = new VmId(++number);
        } while (taken.contains(free));
        return Optional.of(free);
    }

    @Override
    public synchronized void keep(Map<UUID, VmId> now) throws IOException {
        Map<UUID, VmId> next = new LinkedHashMap<>(kept);
        // A vmid that has moved to another domain now belongs to that domain.
        Set<VmId> taken = new HashSet<>(now.values());
        next.values().removeIf(taken::contains);
        next.putAll(now);
        if (next.equals(kept)) {
            return;
        }
        String lines = next.entrySet().stream()
                .map(entry -> entry.getKey() + " " + entry.getValue() + "\n")
                .collect(Collectors.joining());
        Path half = file.resolveSibling(FILE + ".tmp");
        Files.writeString(half, lines, CREATE, WRITE, TRUNCATE_EXISTING, SYNC);
        Files.move(half, file, ATOMIC_MOVE, REPLACE_EXISTING);
        kept = next;
    }
}

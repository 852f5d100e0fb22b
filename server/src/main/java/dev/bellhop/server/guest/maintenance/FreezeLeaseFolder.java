// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.guest.maintenance;

import dev.bellhop.server.vm.VmId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The leases of this process, one file per VM. They are stored with the process that talks to the agents rather than in
 * the database, which may be unavailable when a lease ends. One thread per VM.
 */
final class FreezeLeaseFolder {
    /** Its name in the data folder. */
    static final String NAME = "freezes";

    private static final Logger log = LoggerFactory.getLogger(FreezeLeaseFolder.class);
    private static final Pattern FORM = Pattern.compile("([0-9]{1,15}) ([0-9a-f]{32}) ([1-9][0-9]{0,9})\n");

    private final Path folder;

    FreezeLeaseFolder(Path data) {
        this.folder = data.resolve(NAME);
    }

    /** Writes a lease durably. */
    void write(FreezeLease lease) throws IOException {
        Files.createDirectories(folder);
        Path fresh = folder.resolve(lease.vm() + ".new");
        String text = lease.expiresAt().toEpochMilli() + " " + lease.guard().name() + " "
                + lease.guard().pid() + "\n";
        try (FileChannel file = FileChannel.open(
                fresh, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            file.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
            file.force(true);
        }
        Files.move(fresh, file(lease.vm()), StandardCopyOption.ATOMIC_MOVE);
        try (FileChannel synced = FileChannel.open(folder)) {
            synced.force(true);
        }
    }

    /** Deletes a lease. If the file reappears, the next process finds nothing frozen. */
    void delete(VmId vm) {
        try {
            Files.deleteIfExists(file(vm));
        } catch (IOException e) {
            log.warn("Cannot delete {}", file(vm), e);
        }
    }

    /** Returns the leases that an earlier process has left. */
    List<FreezeLease> all() {
        List<FreezeLease> leases = new ArrayList<>();
        if (!Files.isDirectory(folder)) {
            return leases;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                VmId.parse(String.valueOf(file.getFileName()))
                        .flatMap(vm -> read(vm, file))
                        .ifPresent(leases::add);
            }
        } catch (IOException e) {
            log.warn("Cannot read which file systems of guests are frozen, from {}", folder, e);
        }
        return leases;
    }

    private static Optional<FreezeLease> read(VmId vm, Path file) {
        try {
            Matcher text = FORM.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
            if (text.matches()) {
                return Optional.of(new FreezeLease(
                        vm,
                        Instant.ofEpochMilli(Long.parseLong(text.group(1))),
                        new ThawGuard(text.group(2), Long.parseLong(text.group(3)))));
            }
            log.warn("{} does not hold a freeze; it is left alone", file);
        } catch (IOException e) {
            log.warn("Cannot read {}", file, e);
        }
        return Optional.empty();
    }

    private Path file(VmId vm) {
        return folder.resolve(vm.toString());
    }
}

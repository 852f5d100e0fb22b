// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import dev.bellhop.server.vm.VmId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records which VMs may have a port plugged, as a folder with an empty file for each VM. A killed server leaves its
 * ports plugged; from this record, the next server knows which VMs to check. Thread safe.
 */
final class PluggedVms {
    private static final Logger log = LoggerFactory.getLogger(PluggedVms.class);

    private final Path folder;

    PluggedVms(Path folder) {
        this.folder = folder;
    }

    /** Records a VM. Call this before plugging the port. */
    void add(VmId vm) {
        try {
            Files.createDirectories(folder);
            Files.write(folder.resolve(vm.toString()), new byte[0]);
        } catch (IOException e) {
            log.warn("Cannot note in {} that VM {} has a port plugged", folder, vm, e);
        }
    }

    void remove(VmId vm) {
        try {
            Files.deleteIfExists(folder.resolve(vm.toString()));
        } catch (IOException e) {
            log.warn("Cannot note in {} that VM {} has no port plugged any more", folder, vm, e);
        }
    }

    List<VmId> all() {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.flatMap(file -> VmId.parse(String.valueOf(file.getFileName())).stream())
                    .toList();
        } catch (IOException e) {
            log.warn("Cannot read {}, which tells which VMs have a port plugged", folder, e);
            return List.of();
        }
    }
}

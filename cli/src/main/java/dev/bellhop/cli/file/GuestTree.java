// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.file;

import dev.bellhop.api.client.GuestFilesClient;
import dev.bellhop.api.client.error.BellhopApiException;
import dev.bellhop.api.tar.TarMember;
import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.file.FileView;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Which files of a tree a guest has already. A file that is unpacked gets its time last, so that one of the same size and time is whole. */
record GuestTree(GuestFilesClient files, String root) {
    /** Of files, those that the guest does not have; of all else, all. */
    Predicate<TarMember> missing() throws InterruptedException {
        Set<String> there = new HashSet<>();
        add(root, "", there);
        return member -> member.kind() != TarMember.Kind.FILE
                || !there.contains(
                        key(new String(member.name(), StandardCharsets.UTF_8), member.size(), member.modified()));
    }

    private static String key(String name, long size, long modified) {
        return size + " " + modified + " " + name;
    }

    /** Where a name is no text, what it stands for is sent again. */
    private void add(String folder, String prefix, Set<String> there) throws InterruptedException {
        @Nullable String cursor = null;
        do {
            Page<FileView> page = list(folder, cursor);
            for (FileView entry : page.items()) {
                if (entry.name() == null) {
                    continue;
                }
                if (entry.kind().equals("directory")) {
                    add(folder.replaceFirst("/+$", "") + "/" + entry.name(), prefix + entry.name() + "/", there);
                } else if (entry.kind().equals("file") && entry.modifiedAt() != null) {
                    there.add(key(
                            prefix + entry.name(),
                            entry.size(),
                            entry.modifiedAt().getEpochSecond()));
                }
            }
            cursor = page.nextCursor();
        } while (cursor != null);
    }

    private Page<FileView> list(String folder, @Nullable String cursor) throws InterruptedException {
        try {
            return files.list(folder, null, cursor);
        } catch (BellhopApiException e) {
            if (e.code().filter("file_not_found"::equals).isPresent()) {
                return new Page<>(List.of(), null);
            }
            throw e;
        }
    }
}

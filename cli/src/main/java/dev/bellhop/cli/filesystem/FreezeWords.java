// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.filesystem;

import dev.bellhop.api.v2.vm.FileSystemFreeze;

/** What people are told of frozen file systems. */
final class FreezeWords {
    private FreezeWords() {}

    static String count(FileSystemFreeze freeze) {
        Integer count = freeze.fileSystems();
        return count == null ? "file systems" : count == 1 ? "1 file system" : count + " file systems";
    }

    static String status(FileSystemFreeze freeze) {
        return freeze.state()
                + (freeze.expiresAt() == null ? "" : ", thawed by itself at " + freeze.expiresAt() + " at the latest");
    }
}

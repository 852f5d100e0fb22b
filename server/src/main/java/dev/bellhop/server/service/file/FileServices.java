// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.file;

import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.access.Keys;
import dev.bellhop.server.file.FileSettings;
import dev.bellhop.server.file.GuestFiles;
import dev.bellhop.server.limit.FairTurns;
import dev.bellhop.server.service.VmAccess;
import java.util.function.BooleanSupplier;

/** All use cases of files. */
public record FileServices(FileReads reads, FileWrites writes, FileChanges changes, Trees trees, FilesInPlace inPlace) {
    /**
     * Creates the use cases from their parts.
     *
     * @param turns for checking tars
     * @param serving false once the server stops: transfers then end
     */
    public static FileServices of(
            GuestFiles files,
            FileSettings settings,
            VmAccess access,
            Keys keys,
            Accounts accounts,
            FairTurns turns,
            BooleanSupplier serving) {
        return new FileServices(
                new FileReads(files, access, keys, accounts, serving),
                new FileWrites(files, settings.maxBytes(), access, keys, accounts, serving),
                new FileChanges(files, keys, accounts),
                new Trees(files, settings.maxBytes(), access, keys, accounts, turns, serving),
                new FilesInPlace(files, settings.maxBytes(), access, keys, accounts, serving));
    }
}

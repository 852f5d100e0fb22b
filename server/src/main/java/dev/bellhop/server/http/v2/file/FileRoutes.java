// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2.file;

import dev.bellhop.server.http.Route;
import dev.bellhop.server.service.VmAccess;
import dev.bellhop.server.service.file.FileServices;
import java.util.List;
import java.util.stream.Stream;

/** All routes of files. */
public final class FileRoutes {
    private FileRoutes() {}

    public static List<Route> of(VmAccess access, FileServices services) {
        return Stream.of(
                        new V2Files(access, services.reads()).routes(),
                        new V2Uploads(access, services.writes()).routes(),
                        new V2Trees(access, services.trees()).routes(),
                        new V2FileActions(access, services.changes()).routes())
                .flatMap(List::stream)
                .toList();
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import dev.bellhop.server.http.Route;
import dev.bellhop.server.service.Timeouts;
import dev.bellhop.server.service.VmUseCase;
import java.nio.file.Path;
import java.util.List;

/** The routes of v1 and v2 as the product lists them. */
public final class AllRoutes {
    private AllRoutes() {}

    /** Returns routes to look at. They cannot be called, because their server is closed. */
    public static List<Route> in(Path folder) throws Exception {
        try (MemoryServer server = new MemoryServer(folder, List.of())) {
            return HttpRoutes.of(server.useCases, Timeouts.defaults());
        }
    }

    /** Returns the declared use cases. They cannot be called, because their server is closed. */
    public static List<VmUseCase<?, ?>> inVms(Path folder) throws Exception {
        try (MemoryServer server = new MemoryServer(folder, List.of())) {
            return server.useCases.inVms();
        }
    }
}

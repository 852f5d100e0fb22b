// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.cluster;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;

/** Many nodes in one process, a program of its own: runs the bellhop command once for each configuration that it is given. */
final class ManyNodes {
    private ManyNodes() {}

    public static void main(String[] configurations) throws Exception {
        // By its name: benchmarks do not depend on what they measure.
        Method bellhop = Class.forName("dev.bellhop.cli.Main").getMethod("main", String[].class);
        for (String configuration : configurations) {
            Thread.ofPlatform().start(() -> {
                try {
                    bellhop.invoke(null, (Object) new String[] {"node", "run", "--config", configuration});
                } catch (IllegalAccessException | InvocationTargetException e) {
                    throw new IllegalStateException(e);
                }
            });
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import com.sun.management.OperatingSystemMXBean;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Metrics of the build, its process and its JVM. Omits classes, threads and the system load, which call for no action.
 */
final class RuntimeMetrics implements MeterBinder, AutoCloseable {
    /**
     * Denies a timer that only some collectors have, and the server's does not. Must be set before any meter is made.
     */
    static final MeterFilter COMMON = MeterFilter.denyNameStartsWith("jvm.gc.concurrent");

    private static final Path STATUS = Path.of("/proc/self/status");

    /** Prefix of a line such as {@code VmRSS:     123456 kB}. */
    private static final String RESIDENT = "VmRSS:";

    private static final double NANOS = 1e9;
    private static final double KIB = 1024;

    /** Absent before {@link #bindTo}. */
    private volatile @Nullable JvmGcMetrics collections;

    @Override
    public void bindTo(MeterRegistry registry) {
        build(registry);
        process(registry);
        new JvmMemoryMetrics().bindTo(registry);
        JvmGcMetrics pauses = new JvmGcMetrics();
        pauses.bindTo(registry);
        collections = pauses;
    }

    private static void build(MeterRegistry registry) {
        // The build writes the version into the jar's manifest; classes that run from a folder have none.
        @Nullable String version = RuntimeMetrics.class.getPackage().getImplementationVersion();
        Gauge.builder("bellhop.build.info", () -> 1)
                .description("Always 1; its labels are the versions of the server and of its Java")
                .tag("version", version == null ? "" : version)
                .tag("java", Runtime.version().toString())
                .register(registry);
    }

    private static void process(MeterRegistry registry) {
        new UptimeMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        if (ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system) {
            FunctionCounter.builder("process.cpu", system, bean -> bean.getProcessCpuTime() / NANOS)
                    .description("Processor time of the server, of all its threads")
                    .baseUnit("seconds")
                    .register(registry);
        }
        Gauge.builder("process.resident.memory", RuntimeMetrics::residentBytes)
                .description("Memory of the server that is in RAM: its heap, its code and all else")
                .baseUnit("bytes")
                .register(registry);
    }

    private static double residentBytes() {
        try {
            return Files.readAllLines(STATUS, StandardCharsets.UTF_8).stream()
                    .filter(line -> line.startsWith(RESIDENT))
                    .map(line -> line.replaceAll("[^0-9]", ""))
                    .mapToDouble(kib -> Double.parseDouble(kib) * KIB)
                    .sum();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        JvmGcMetrics pauses = collections;
        if (pauses != null) {
            pauses.close();
        }
    }
}

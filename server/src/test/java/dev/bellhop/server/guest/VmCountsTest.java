// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.guest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.vm.AgentChannel;
import dev.bellhop.server.vm.PowerState;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How many VMs are counted in which state. */
class VmCountsTest {
    @TempDir
    private Path folder;

    private final AtomicLong now = new AtomicLong();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private StubVm vm;
    private HealthWatch watch;

    @BeforeEach
    void start() {
        vm = new StubVm(folder.resolve("a.sock"));
        watch = new HealthWatch(
                new AgentHealth(Clock.systemUTC()),
                new VmDirectory(List.of(vm)),
                watched -> true,
                now::get,
                Runnable::run);
        watch.bindTo(registry);
    }

    @AfterEach
    void stop() {
        watch.close();
        vm.close();
    }

    private void pass(Duration time) {
        now.addAndGet(time.toNanos());
        watch.lookAround();
    }

    /** Those that are not 0. */
    private Map<String, Integer> counted(String name, String tag) {
        Map<String, Integer> counted = new TreeMap<>();
        registry.get(name).gauges().forEach(gauge -> {
            if (gauge.value() != 0) {
                counted.put(String.valueOf(gauge.getId().getTag(tag)), (int) gauge.value());
            }
        });
        return counted;
    }

    private void assertCounted(PowerState power, Availability agent) {
        assertThat(counted("bellhop.vms", "power")).isEqualTo(Map.of(power.wireName(), 1));
        assertThat(counted("bellhop.vm.agents", "state")).isEqualTo(Map.of(agent.wireName(), 1));
    }

    @Test
    void eachVmIsCountedAsItWasSeenLast() {
        assertThat(counted("bellhop.vms", "power")).isEmpty();

        pass(Duration.ZERO);
        assertCounted(PowerState.UNKNOWN, Availability.UNKNOWN);

        vm.is(PowerState.STOPPED);
        pass(HealthWatch.SETTLING);
        assertCounted(PowerState.STOPPED, Availability.VM_STOPPED);

        vm.is(PowerState.RUNNING).channel(AgentChannel.CLOSED);
        assertCounted(PowerState.STOPPED, Availability.VM_STOPPED);
        watch.changed(StubVm.ID);
        assertCounted(PowerState.RUNNING, Availability.SILENT);
    }

    @Test
    void toCountAsksNobody() {
        vm.is(PowerState.STOPPED);
        pass(Duration.ZERO);
        pass(HealthWatch.SETTLING);
        int asked = vm.timesAsked();
        for (int i = 0; i < 100; i++) {
            assertCounted(PowerState.STOPPED, Availability.VM_STOPPED);
        }
        assertThat(vm.timesAsked()).isEqualTo(asked).isPositive();
    }
}

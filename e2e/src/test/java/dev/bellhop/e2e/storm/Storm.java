// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.storm;

import static java.util.stream.Collectors.toCollection;

import dev.bellhop.e2e.support.E2eServer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** Faults at times and places that a seed decides. Used by one thread. */
final class Storm {
    private static final int MAX_FREEZE_MILLIS = 20_000;
    private static final int MAX_AT_ONCE = 5;

    private final Random random;
    private final E2eServer server;
    private final List<StormVm> vms;
    private final ScheduledExecutorService later;
    private final List<Fault> faults;

    /** What goes wrong. */
    enum Fault {
        SERVER_KILLED,
        AGENTS_KILLED,
        AGENTS_FROZEN,
        SOCKETS_REPLACED
    }

    /** @param later where agents are thawed */
    Storm(Random random, int count, E2eServer server, List<StormVm> vms, ScheduledExecutorService later) {
        this.random = random;
        this.server = server;
        this.vms = vms;
        this.later = later;
        // As many of each as can be, in any order.
        Fault[] kinds = Fault.values();
        this.faults =
                IntStream.range(0, count).mapToObj(i -> kinds[i % kinds.length]).collect(toCollection(ArrayList::new));
        Collections.shuffle(faults, random);
    }

    int size() {
        return faults.size();
    }

    /** Makes one fault happen, and returns which. */
    Fault strike(int number) throws Exception {
        Fault fault = faults.get(number);
        switch (fault) {
            case SERVER_KILLED -> server.killAndRestart();
            case AGENTS_KILLED -> {
                for (StormVm vm : some()) {
                    vm.killAgent();
                }
            }
            case AGENTS_FROZEN -> some().forEach(this::freeze);
            case SOCKETS_REPLACED -> {
                for (StormVm vm : some()) {
                    vm.replaceSocket();
                }
            }
        }
        return fault;
    }

    private void freeze(StormVm vm) {
        vm.freeze();
        var _ = later.schedule(vm::thaw, random.nextInt(MAX_FREEZE_MILLIS), TimeUnit.MILLISECONDS);
    }

    private List<StormVm> some() {
        List<StormVm> shuffled = new ArrayList<>(vms);
        Collections.shuffle(shuffled, random);
        return shuffled.subList(0, 1 + random.nextInt(Math.min(MAX_AT_ONCE, vms.size())));
    }
}

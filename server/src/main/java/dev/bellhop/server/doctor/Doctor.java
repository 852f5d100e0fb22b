// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.doctor;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.bellhop.server.guest.AgentCalls;
import dev.bellhop.server.guest.AgentHealth;
import dev.bellhop.server.guest.GuestScriptRunner;
import dev.bellhop.server.guest.question.LocalGuests;
import dev.bellhop.server.stream.StreamStates;
import dev.bellhop.server.vm.VmId;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CompletionException;

/**
 * Looks for problems of this process's VMs. It runs a script in the guest, so simultaneous questions share one
 * examination. Thread safe.
 */
public final class Doctor {
    private static final Duration KEPT = Duration.ofSeconds(5);
    private static final int MAX_KEPT = 1000;

    private final AgentCalls calls;
    private final AgentHealth health;
    private final GuestScriptRunner scripts;
    private final ModeProbe modes;
    private final StreamStates streams;
    private final String spool;
    private final Clock clock;
    private final AsyncCache<VmId, Checkup> checkups = Caffeine.newBuilder()
            .expireAfterWrite(KEPT)
            .maximumSize(MAX_KEPT)
            .executor(Thread::startVirtualThread)
            .buildAsync();

    /** @param spool where supervisors keep their files in a guest */
    public Doctor(
            AgentCalls calls,
            AgentHealth health,
            GuestScriptRunner scripts,
            ModeProbe modes,
            StreamStates streams,
            String spool,
            Clock clock) {
        this.calls = calls;
        this.health = health;
        this.scripts = scripts;
        this.modes = modes;
        this.streams = streams;
        this.spool = spool;
        this.clock = clock;
    }

    /** Adds the handler of its question. */
    public void answer(LocalGuests guests) {
        guests.with(Examine.KIND, (vm, question) -> examine(vm));
    }

    Checkup examine(VmId id) {
        calls.vm(id);
        try {
            return checkups.get(
                            id,
                            vm -> new Checkup(
                                    new Examination(calls.vm(vm), health, scripts, modes, streams, spool, clock)
                                            .checks(),
                                    clock.instant()))
                    .join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }
}

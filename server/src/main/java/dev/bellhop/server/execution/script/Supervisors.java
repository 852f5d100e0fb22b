// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.script;

import dev.bellhop.server.execution.ExecutionId;
import java.util.Collection;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * The supervisor of each execution. It is the same for all but those that an earlier server has left which was configured
 * with another spool: their files are there. Thread safe.
 */
public final class Supervisors {
    private final Supervisor usual;
    private final ConcurrentMap<String, Supervisor> others = new ConcurrentHashMap<>();
    private final ConcurrentMap<ExecutionId, Supervisor> elsewhere = new ConcurrentHashMap<>();

    public Supervisors(Spool spool) {
        this.usual = new Supervisor(GuestShell.PATH, spool);
    }

    public Supervisor usual() {
        return usual;
    }

    public Supervisor of(ExecutionId id) {
        return elsewhere.getOrDefault(id, usual);
    }

    /** An execution's files are in the spool at this place. */
    public void keep(ExecutionId id, String path) {
        if (!path.equals(usual.spool().path())) {
            elsewhere.put(id, others.computeIfAbsent(path, place -> new Supervisor(GuestShell.PATH, Spool.at(place))));
        }
    }

    public void forget(Collection<ExecutionId> ids) {
        elsewhere.keySet().removeAll(ids);
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.policy;

import static dev.bellhop.server.audit.MemoryAuditStore.require;

import dev.bellhop.server.audit.MemoryAuditStore;
import dev.bellhop.server.tenant.Tenant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Saved commands in memory, for tests of what does not depend on a database. It passes the contract of all stores. */
public final class MemorySavedCommandStore implements SavedCommandStore {
    private final MemoryAuditStore audit;
    private final Map<Version, SavedCommand> commands = new ConcurrentHashMap<>();

    private record Version(Tenant tenant, String name, int number) {
        static Version of(SavedCommand command) {
            return new Version(command.tenant(), command.name(), command.version());
        }
    }

    public MemorySavedCommandStore(MemoryAuditStore audit) {
        this.audit = audit;
    }

    @Override
    public List<SavedCommand> all() {
        return commands.values().stream()
                .sorted(Comparator.comparing((SavedCommand command) ->
                                Objects.requireNonNullElse(command.tenant().accountId(), ""))
                        .thenComparing(SavedCommand::name)
                        .thenComparingInt(SavedCommand::version))
                .toList();
    }

    @Override
    public CompletableFuture<Void> insert(SavedCommand command, @Nullable SavedCommand forgotten) {
        return audit.change(() -> {
            require(!commands.containsKey(Version.of(command)));
            if (forgotten != null) {
                commands.remove(Version.of(forgotten));
            }
            commands.put(Version.of(command), command);
        });
    }

    @Override
    public CompletableFuture<Void> delete(Tenant tenant, String name) {
        return audit.change(() ->
                commands.keySet().removeIf(version -> version.tenant.equals(tenant) && version.name.equals(name)));
    }

    /** Those of an account that is deleted, as part of that. */
    public void deleteAll(Tenant tenant) {
        commands.keySet().removeIf(version -> version.tenant.equals(tenant));
    }
}

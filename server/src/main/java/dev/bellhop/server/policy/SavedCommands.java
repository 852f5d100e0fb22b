// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.policy;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.OutdatedException;
import dev.bellhop.server.failure.Precondition;
import dev.bellhop.server.failure.Writes;
import dev.bellhop.server.tenant.Tenant;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Manages the saved commands of all accounts and of the operator. All are held in memory, so a run costs no query. A
 * change is durable before it takes effect. Thread safe.
 */
public final class SavedCommands {
    public static final int MAX_NAMES = 100;

    /** The versions kept per name; the oldest is deleted if there are more. */
    public static final int MAX_VERSIONS = 20;

    /** The limit for all saved commands of one account, in characters. */
    static final long MAX_TEXT = 4 << 20;

    private final SavedCommandStore store;
    private final Object changing = new Object();

    /** The versions, oldest first, in immutable lists. */
    private final ConcurrentMap<Name, List<SavedCommand>> byName = new ConcurrentHashMap<>();

    private record Name(Tenant tenant, String name) {}

    public SavedCommands(SavedCommandStore store) {
        this.store = store;
        reload();
    }

    /** Reloads the saved commands from the store, where another server may have changed them. */
    public void reload() {
        synchronized (changing) {
            Map<Name, List<SavedCommand>> all = new HashMap<>();
            for (SavedCommand command : store.all()) {
                all.merge(new Name(command.tenant(), command.name()), List.of(command), SavedCommands::joined);
            }
            byName.putAll(all);
            byName.keySet().retainAll(all.keySet());
        }
    }

    private <T> T redo(Supplier<T> change) {
        return OutdatedException.redo(OutdatedException.Kind.SAVED_COMMANDS, this::reload, () -> {
            synchronized (changing) {
                return change.get();
            }
        });
    }

    private static List<SavedCommand> joined(List<SavedCommand> one, List<SavedCommand> other) {
        List<SavedCommand> all = new ArrayList<>(one);
        all.addAll(other);
        return List.copyOf(all);
    }

    /** Returns the kept versions of a name, oldest first; empty if the name does not exist. */
    public List<SavedCommand> versions(Tenant tenant, String name) {
        return byName.getOrDefault(new Name(tenant, name), List.of());
    }

    /**
     * Returns whether a version is still kept. If the command was deleted and saved again, another version can have the
     * same number, so the time is compared.
     *
     * @param savedAt when the version was saved; absent for any time
     */
    public boolean keeps(Tenant tenant, String name, int version, @Nullable Instant savedAt) {
        return versions(tenant, name).stream()
                .anyMatch(command -> command.version() == version
                        && (savedAt == null || command.createdAt().equals(savedAt)));
    }

    /** Returns the newest version of each name, ordered by name. */
    public List<SavedCommand> newest(Tenant tenant) {
        return byName.entrySet().stream()
                .filter(entry -> entry.getKey().tenant().equals(tenant))
                .map(entry -> entry.getValue().getLast())
                .sorted(Comparator.comparing(SavedCommand::name))
                .toList();
    }

    /**
     * Saves the next version of a name; returns when it is durable. Deletes the oldest version if the name already has
     * the maximum. Throws {@code TOO_MANY_SAVED_COMMANDS}.
     *
     * @param condition on the newest version
     */
    public SavedCommand save(
            Tenant tenant, String name, Precondition<SavedCommand> condition, IntFunction<SavedCommand> made) {
        Name key = new Name(tenant, name);
        return redo(() -> {
            List<SavedCommand> versions = versions(tenant, name);
            condition.require(versions.isEmpty() ? null : versions.getLast());
            SavedCommand next =
                    made.apply(versions.isEmpty() ? 1 : versions.getLast().version() + 1);
            SavedCommand forgotten = versions.size() < MAX_VERSIONS ? null : versions.getFirst();
            requireRoom(tenant, versions.isEmpty(), next.size() - (forgotten == null ? 0 : forgotten.size()));
            Writes.await(store.insert(next, forgotten));
            byName.put(key, joined(forgotten == null ? versions : versions.subList(1, versions.size()), List.of(next)));
            return next;
        });
    }

    private void requireRoom(Tenant tenant, boolean isNewName, long more) {
        long names = 0;
        long text = more;
        for (Map.Entry<Name, List<SavedCommand>> entry : byName.entrySet()) {
            if (entry.getKey().tenant().equals(tenant)) {
                names++;
                text += entry.getValue().stream().mapToLong(SavedCommand::size).sum();
            }
        }
        if ((isNewName && names >= MAX_NAMES) || text > MAX_TEXT) {
            throw new BellhopException(
                    ErrorCode.TOO_MANY_SAVED_COMMANDS,
                    "Cannot save one more command because " + MAX_NAMES + " names, and " + MAX_TEXT
                            + " characters all together, are as many as there may be; delete one first");
        }
    }

    /** Deletes all versions of a name; returns when that is durable. False if there are none. */
    public boolean delete(Tenant tenant, String name, Precondition<SavedCommand> condition) {
        return redo(() -> {
            List<SavedCommand> versions = versions(tenant, name);
            if (versions.isEmpty()) {
                return false;
            }
            condition.require(versions.getLast());
            Writes.await(store.delete(tenant, name));
            byName.remove(new Name(tenant, name));
            return true;
        });
    }

    /**
     * Drops the saved commands of a deleted account from memory. The store has already deleted them together with the
     * account.
     */
    public void accountDeleted(Tenant tenant) {
        synchronized (changing) {
            byName.keySet().removeIf(name -> tenant.equals(name.tenant()));
        }
    }
}

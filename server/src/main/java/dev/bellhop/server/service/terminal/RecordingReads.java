// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.terminal;

import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.Keys;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.limit.FairTurns;
import dev.bellhop.server.masking.Masker;
import dev.bellhop.server.masking.Maskers;
import dev.bellhop.server.recording.MaskedLines;
import dev.bellhop.server.recording.Recording;
import dev.bellhop.server.recording.RecordingStore;
import dev.bellhop.server.service.AuditNote;
import dev.bellhop.server.service.Caller;
import dev.bellhop.server.service.EndEntries;
import dev.bellhop.server.service.Permit;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VisibleVm;
import dev.bellhop.server.tenant.TenantFilter;
import dev.bellhop.server.terminal.TerminalId;
import dev.bellhop.server.vm.VmId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Shows recordings of terminals to callers that could see the terminals: keys of the account that opened them, while it
 * owns the VM, and the operator's keys. A caller cannot distinguish a recording it is not allowed to see from a missing
 * one. Thread safe.
 */
public final class RecordingReads {
    private final RecordingStore store;
    private final Keys keys;
    private final Accounts accounts;
    private final Maskers maskers;
    private final FairTurns turns;
    private final BooleanSupplier serving;

    /** @param serving false once the server stops: all reads then end */
    public RecordingReads(
            RecordingStore store,
            Keys keys,
            Accounts accounts,
            Maskers maskers,
            FairTurns turns,
            BooleanSupplier serving) {
        this.store = store;
        this.keys = keys;
        this.accounts = accounts;
        this.maskers = maskers;
        this.turns = turns;
        this.serving = serving;
    }

    /** A page of recordings, and the position of the next page if there may be more. */
    public record Page(List<Recording> recordings, @Nullable TerminalId next) {}

    /**
     * Returns the recordings that the caller sees, newest first.
     *
     * @param vm only recordings of this VM; absent for any
     */
    public Page list(Permit permit, @Nullable VmId vm, @Nullable TerminalId before, int limit) {
        Key caller = permit.callerOf(UseCase.RECORDING_LIST).key();
        Set<VmId> wanted = accounts.seenBy(caller, vm);
        // One more than needed shows whether there is another page.
        List<Recording> found = store.list(TenantFilter.seenBy(caller.tenant()), wanted, before, limit + 1);
        List<Recording> page = found.subList(0, Math.min(limit, found.size()));
        return new Page(
                page.stream().filter(each -> caller.seesLabels(each.labels())).toList(),
                page.size() < found.size() ? page.getLast().id() : null);
    }

    /** Returns a recording's metadata; throws {@code NOT_FOUND}. */
    public Recording find(Permit permit, String id) {
        return visible(permit.callerOf(UseCase.RECORDING_FIND).key(), id);
    }

    private Recording visible(Key caller, String id) {
        return TerminalId.parse(id)
                .flatMap(store::find)
                .filter(found -> sees(caller, found))
                .orElseThrow(() -> new BellhopException(
                        ErrorCode.NOT_FOUND,
                        "Cannot find a recording of this terminal; it was not recorded, or is deleted by now"));
    }

    private boolean sees(Key caller, Recording recording) {
        return accounts.sees(caller, recording.vm(), recording.tenant()) && caller.seesLabels(recording.labels());
    }

    /**
     * Opens the recording of a terminal of a VM.
     *
     * @param raw unmasked, and with the input; needs {@link Scope#READ_RAW}
     * @throws BellhopException {@code NOT_FOUND}, or {@code FORBIDDEN} to see it raw
     */
    public Opened open(VisibleVm vm, String id, boolean raw) {
        Caller caller = vm.callerOf(UseCase.RECORDING_READ);
        Recording recording = Optional.of(visible(caller.key(), id))
                .filter(found -> found.vm().equals(vm.id()))
                .orElseThrow(() -> new BellhopException(
                        ErrorCode.NOT_FOUND, "Cannot find a recording of this terminal in this VM"));
        AuditNote note = vm.permit().note();
        note.about(EndEntries.subject(recording.id()));
        if (raw) {
            note.readsRaw();
            if (!caller.allows(Scope.READ_RAW)) {
                throw new BellhopException(
                        ErrorCode.FORBIDDEN,
                        "Cannot show a recording raw to a key that lacks the scope " + Scope.READ_RAW.wireName()
                                + "; leave out raw to see it masked");
            }
        }
        note.begins();
        Masker masker = maskers.of(Map.of(), recording.tenant());
        boolean isShownWhole = raw || (masker == null && !recording.input());
        return new Opened(
                caller.key(),
                recording,
                isShownWhole
                        ? null
                        : new MaskedLines(masker, turns.of(caller.key().holder())));
    }

    /**
     * A recording that is read once, up to the part that is stored by then, with one piece in memory at a time. For one
     * thread.
     */
    public final class Opened {
        private final Key caller;
        private final Recording recording;
        private final @Nullable MaskedLines masked;
        private long offset;
        private boolean isOver;

        private Opened(Key caller, Recording recording, @Nullable MaskedLines masked) {
            this.caller = caller;
            this.recording = recording;
            this.masked = masked;
        }

        public Recording recording() {
            return recording;
        }

        /**
         * Returns some more lines, possibly none; absent after the last lines.
         *
         * @throws BellhopException if a new request would fail with it
         */
        public byte @Nullable [] next() {
            requireStillAllowed();
            if (isOver) {
                return null;
            }
            byte[] lines = store.read(recording.id(), offset);
            offset += lines.length;
            isOver = lines.length == 0;
            if (masked == null) {
                return lines;
            }
            if (!isOver) {
                return masked.add(lines);
            }
            // While the recording continues, the rest of a text that masks may hide can still follow.
            return recording.end() == null ? new byte[0] : masked.end();
        }

        private void requireStillAllowed() {
            if (!serving.getAsBoolean()) {
                throw new BellhopException(ErrorCode.SHUTTING_DOWN, "Cannot go on because the server stops");
            }
            if (!keys.isStillValid(caller)) {
                throw Caller.noLongerAccepted();
            }
            if (!sees(caller, recording)) {
                throw new BellhopException(ErrorCode.NOT_FOUND, "Cannot find a recording of this terminal");
            }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.qga.AgentException;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionSpec;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.execution.store.ExecutionReader;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.limit.FairTurns;
import dev.bellhop.server.masking.Masker;
import dev.bellhop.server.masking.Maskers;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The output of executions as readers see it: masked, unless it is raw. All reads of output use this class. For a
 * running command it holds back a few bytes until it knows whether they must be masked.
 */
public final class MaskedOutput {
    private final ExecutionReader stored;
    private final @Nullable Maskers maskers;
    private final FairTurns turns;
    private final FairTurns.@Nullable Share turnsOfReader;

    /**
     * Creates an instance that cannot read until it is bound to a reader.
     *
     * @param turns for decrypting and masking
     */
    public MaskedOutput(ExecutionReader stored, Maskers maskers, FairTurns turns) {
        this(stored, maskers, turns, null);
    }

    private MaskedOutput(
            ExecutionReader stored,
            @Nullable Maskers maskers,
            FairTurns turns,
            FairTurns.@Nullable Share turnsOfReader) {
        this.stored = stored;
        this.maskers = maskers;
        this.turns = turns;
        this.turnsOfReader = turnsOfReader;
    }

    private FairTurns.Share turnsOfReader() {
        if (turnsOfReader == null) {
            throw new IllegalStateException("output is read in the turns of a reader; see of and to");
        }
        return turnsOfReader;
    }

    /** Returns masked output, read in the turns of a key that is allowed to read it. */
    MaskedOutput of(Key reader) {
        return new MaskedOutput(stored, maskers, turns, turns.of(reader.holder()));
    }

    /**
     * Returns an execution's output for a caller, and notes it for the audit trail; throws {@code FORBIDDEN} if the
     * caller is not allowed to see it raw.
     */
    MaskedOutput to(Permit permit, Execution execution, boolean raw) {
        Key reader = permit.caller().key();
        if (!raw) {
            permit.note().readsOutputOf(execution);
            return of(reader);
        }
        permit.note().readsRawOutputOf(execution);
        if (!permit.caller().allows(Scope.READ_RAW)) {
            throw new BellhopException(
                    ErrorCode.FORBIDDEN,
                    "Cannot show raw output to a key that lacks the scope " + Scope.READ_RAW.wireName()
                            + "; leave out raw to see it masked");
        }
        return new MaskedOutput(stored, null, turns, turns.of(reader.holder()));
    }

    /** Reads like {@link ExecutionReader#output}, after masking. */
    public byte[] read(Execution execution, OutputStreamName stream, long offset, int limit) {
        Masker.Source source = (from, count) -> stored.output(execution.id(), stream, from, count);
        if (!execution.state().isFinal()) {
            return read(execution, source, offset, limit);
        }
        long left = Math.max(0, execution.output().of(stream) - offset);
        return read(execution, source, offset, (int) Math.min(limit, left));
    }

    /** Same, for bytes of a stream that come from another source than the store. */
    public byte[] read(Execution execution, Masker.Source bytes, long offset, int limit) {
        Masker masker = masker(execution);
        return masker == null
                ? turnsOfReader().take(limit, () -> bytes.read(offset, limit))
                : masker.read(bytes, offset, limit, execution.state().isFinal(), turnsOfReader());
    }

    /** Masks all bytes of one stream of a snapshot. */
    public byte[] whole(Execution execution, byte[] bytes) {
        Masker masker = masker(execution);
        return masker == null ? bytes : masker.whole(bytes, execution.state().isFinal(), turnsOfReader());
    }

    /** Runs a start, and masks the reason if it fails. */
    <T> T started(ExecutionSpec spec, Supplier<T> start) {
        try {
            return start.get();
        } catch (BellhopException e) {
            throw failure(spec, e);
        }
    }

    /** Masks the message if it can quote the guest. */
    private BellhopException failure(ExecutionSpec spec, BellhopException why) {
        if (maskers == null || !(why.getCause() instanceof AgentException)) {
            return why;
        }
        Masker masker = maskers.of(spec.secretEnv(), spec.tenant());
        if (masker == null) {
            return why;
        }
        byte[] told = String.valueOf(why.getMessage()).getBytes(StandardCharsets.UTF_8);
        return new BellhopException(
                why.code(),
                new String(
                        masker.whole(told, true, turns.of(spec.tenant().holder(spec.keyId()))), StandardCharsets.UTF_8),
                why);
    }

    private @Nullable Masker masker(Execution execution) {
        ExecutionSpec spec = execution.spec();
        if (maskers == null || spec.secretEnv().isEmpty()) {
            return maskers == null ? null : maskers.of(spec.secretEnv(), spec.tenant());
        }
        return maskers.of(execution.id().toString(), spec.secretEnv(), spec.tenant());
    }
}

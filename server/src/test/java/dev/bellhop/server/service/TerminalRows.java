// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.api.v2.terminal.CreateTerminal;
import dev.bellhop.server.service.terminal.RecordingReads;
import dev.bellhop.server.service.terminal.TerminalControl;
import java.util.List;

/** Use cases of terminals and their recordings, and of forwarded connections. */
final class TerminalRows {
    private final UseCaseScene scene;
    private final TerminalControl terminals;
    private final ForwardControl forwards;
    private final RecordingReads recordings;

    TerminalRows(UseCaseScene scene) {
        this.scene = scene;
        terminals = scene.useCases.terminals();
        forwards = scene.useCases.forwards();
        recordings = scene.useCases.recordings();
    }

    List<Row> rows() {
        return List.of(
                new Row(UseCase.TERMINAL_OPEN, "+fffffff", p -> terminals.open(scene.vm(p), shell())),
                new Row(UseCase.TERMINAL_LIST, "+fffffff", p -> terminals.list(scene.vm(p))),
                new Row(UseCase.TERMINAL_LIST, "+fffffff", p -> terminals.list(p, null, null, 9)),
                new Row(UseCase.TERMINAL_FIND, "nfffffff", p -> terminals.find(scene.vm(p), scene.executionId)),
                new Row(
                        UseCase.TERMINAL_TICKET,
                        "nfffffff",
                        p -> terminals.ticket(scene.vm(p), scene.executionId, false)),
                new Row(UseCase.TERMINAL_HANG_UP, "nfffffff", this::hangUp),
                new Row(UseCase.FORWARD_OPEN, "+fffffff", p -> forwards.open(scene.vm(p), "localhost", 1)),
                new Row(UseCase.FORWARD_LIST, "+fffffff", p -> forwards.list(scene.vm(p))),
                new Row(UseCase.FORWARD_FIND, "nfffffff", p -> forwards.find(scene.vm(p), scene.executionId)),
                new Row(UseCase.RECORDING_LIST, "+fffffff", p -> recordings.list(p, null, null, 9)),
                new Row(UseCase.RECORDING_FIND, "nfffffff", p -> recordings.find(p, scene.executionId)),
                new Row(
                        UseCase.RECORDING_READ,
                        "nfffffff",
                        p -> recordings.open(scene.vm(p), scene.executionId, false)));
    }

    private void hangUp(Permit permit) {
        try {
            terminals.hangUp(scene.vm(permit), scene.executionId);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static CreateTerminal shell() {
        return new CreateTerminal(80, 24, null, null, null, null, null);
    }
}

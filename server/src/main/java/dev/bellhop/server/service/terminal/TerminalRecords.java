// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.terminal;

import dev.bellhop.server.audit.AuditTrail;
import dev.bellhop.server.limit.FairLimit;
import dev.bellhop.server.recording.RecordedTerminal;
import dev.bellhop.server.recording.Recording;
import dev.bellhop.server.recording.Recordings;
import dev.bellhop.server.service.EndEntries;
import dev.bellhop.server.terminal.PtySpec;
import dev.bellhop.server.terminal.TerminalEnd;
import dev.bellhop.server.terminal.TerminalInfo;
import dev.bellhop.server.terminal.TerminalRecorder;
import dev.bellhop.server.terminal.Terminals;
import dev.bellhop.server.terminal.WindowSize;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Records terminals, and adds their end to the audit trail with the hash of the recording. Thread safe. */
public record TerminalRecords(AuditTrail audit, Recordings recordings) implements Terminals.Recordings {
    private static final Logger log = LoggerFactory.getLogger(TerminalRecords.class);

    @Override
    public long bytesOfEach() {
        return recordings.bytesOfEach();
    }

    @Override
    public TerminalRecorder begin(TerminalInfo info, PtySpec spec, FairLimit.Holding memory) {
        return new Recorder(info, recordings.begin(info, spec, memory).orElse(null));
    }

    /** Passes events to the recording, if there is one; adds the end to the trail afterwards. */
    private final class Recorder implements TerminalRecorder {
        private final TerminalInfo info;
        private final @Nullable RecordedTerminal recorded;
        private final TerminalRecorder to;

        Recorder(TerminalInfo info, @Nullable RecordedTerminal recorded) {
            this.info = info;
            this.recorded = recorded;
            this.to = recorded == null ? TerminalRecorder.NONE : recorded;
        }

        @Override
        public boolean keepsOutput() {
            return to.keepsOutput();
        }

        @Override
        public boolean keepsInput() {
            return to.keepsInput();
        }

        @Override
        public void notOpened() {
            if (recorded == null) {
                return;
            }
            try {
                recordings.discard(info.id());
            } catch (RuntimeException e) {
                // The recording then ends like the recording of a terminal whose server has ended.
                log.warn("Cannot delete the recording of terminal {}, which was not opened", info.id(), e);
            }
        }

        @Override
        public void printed(byte[] bytes) {
            to.printed(bytes);
        }

        @Override
        public void typed(byte[] bytes) {
            to.typed(bytes);
        }

        @Override
        public void resized(WindowSize size) {
            to.resized(size);
        }

        @Override
        public void ended(TerminalEnd end) {
            to.ended(end);
            Recording.End ofRecording = recorded == null ? null : recorded.end();
            if (ofRecording != null) {
                recordings.ended(ofRecording);
            }
            long bytes = recorded == null ? 0 : recorded.bytes();
            audit.add(EndEntries.of(info, end, ofRecording, bytes));
        }
    }
}

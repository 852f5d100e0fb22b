// SPDX-License-Identifier: Apache-2.0
/**
 * Recordings of terminals: their output with its timing, in asciicast v3.
 * {@link dev.bellhop.server.recording.Recordings} makes them,
 * {@link dev.bellhop.server.recording.RecordingStore} stores them, and
 * {@link dev.bellhop.server.recording.MaskedLines} masks them for readers.
 */
@NullMarked
package dev.bellhop.server.recording;

import org.jspecify.annotations.NullMarked;
